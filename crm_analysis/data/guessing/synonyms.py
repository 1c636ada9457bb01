"""What files of the world call the columns of the contract, in English and Chinese: a table, no logic but its look-up.

Each column has names that mean it (``strong``) and names that often mean it but may mean something else (``weak``).
Within one table no name belongs to two columns; a test holds that. Write any spelling: case, blanks, underscores and
a unit in brackets do not count.
"""

import functools
import re
import unicodedata

from crm_analysis.data.tables import TABLES

NAMES = {  # column: (strong, weak)
    "customer_id": (
        "cust id, customer no, customer number, customer num, customer code, customer key, customer ref, cust no, cust code, "
        "client id, client no, client number, client code, household id, household key, household no, hh id, hshd num, "
        "member id, member no, member number, membership no, membership number, loyalty id, loyalty card, "
        "loyalty card number, account id, account no, account number, user id, user no, buyer id, shopper id, "
        "consumer id, panelist id, patron id, crm id, "
        "客户编号, 客户ID, 客户号, 客户代码, 客户编码, 顾客编号, 顾客ID, 顾客号, 会员号, 会员编号, 会员ID, 会员卡号, 会员编码, "
        "用户编号, 用户ID, 用户号, 买家ID, 买家编号, 客戶編號, 客戶ID, 會員編號, 會員ID",
        "customer, client, household, member, user, account, buyer, shopper, uid, card no, 客户, 顾客, 会员, 用户, 买家, 账号, 客戶, 會員",
    ),
    "order_id": (
        "order no, order number, order num, order code, order ref, invoice, invoice id, invoice no, invoice number, "
        "basket id, basket no, basket, transaction id, transaction no, transaction number, trans id, receipt, receipt id, "
        "receipt no, receipt number, bill no, bill id, sales order, sales order number, checkout id, "
        "订单号, 订单编号, 订单ID, 订单编码, 单号, 单据号, 单据编号, 小票号, 小票编号, 小票, 交易号, 交易编号, 交易单号, 流水号, "
        "交易流水号, 发票号, 发票号码, 销售单号, 訂單編號, 訂單號",
        "order, transaction, document no, document number, bill, 订单, 交易, 单据, 訂單",
    ),
    "order_date": (
        "invoice date, purchase date, transaction date, trans date, transaction time, transaction timestamp, sale date, "
        "sales date, order time, order datetime, order timestamp, ordered at, ordered on, date of order, date of purchase, "
        "purchased at, purchased on, receipt date, bill date, order created at, order purchase timestamp, "
        "订单日期, 订单时间, 下单时间, 下单日期, 交易日期, 交易时间, 购买日期, 购买时间, 销售日期, 销售时间, 消费日期, 消费时间, "
        "开票日期, 单据日期, 訂單日期, 交易日期時間",
        "date, day, datetime, timestamp, time, created at, created on, created, 日期, 时间, 创建时间, 付款时间, 支付时间, 成交时间, 时间戳",
    ),
    "amount": (
        "net amount, line total, line amount, sales amount, sales value, net sales, net revenue, revenue, turnover, "
        "total amount, amount paid, paid amount, order amount, transaction amount, purchase amount, spend, line revenue, "
        "extended price, payment value, "
        "金额, 销售额, 销售金额, 实付金额, 实付, 成交金额, 成交额, 交易金额, 订单金额, 消费金额, 支付金额, 实收金额, 付款金额, 购买金额, "
        "收入, 营业额, 金額, 銷售額",
        "sales, total, total price, value, subtotal, gross sales, gross amount, payment, 总金额, 总价, 合计, 小计, 总额, 应付金额",
    ),
    "quantity": (
        "qty, units, unit count, number of units, items, item count, pieces, pcs, quantity sold, units sold, order quantity, "
        "order qty, sales quantity, 数量, 件数, 销售数量, 购买数量, 订购数量, 销量, 商品数量, 數量",
        "count, volume, 个数",
    ),
    "discount": (
        "discount amount, discount value, rebate, markdown, coupon value, coupon amount, promo discount, total discount, "
        "折扣, 折扣金额, 优惠金额, 优惠, 折让, 让利金额, 减免金额, 折扣額",
        "coupon, promotion, voucher, 优惠券, 折扣率, 促销",
    ),
    "cost": (
        "cogs, cost of goods, cost of goods sold, cost amount, cost price, unit cost, total cost, line cost, 成本, 成本金额, 销售成本, 总成本",
        "costs, 成本价",
    ),
    "brand": ("brand name, brand code, 品牌, 品牌名称, 牌子", "manufacturer, vendor, maker, label, 厂商, 生产商"),
    "category": (
        "product category, category name, item category, product group, product type, department, 品类, 类别, 品类名称, 商品类别, "
        "商品品类, 产品类别, 产品类目, 类目, 商品分类, 大类, 類別",
        "type, group, class, segment, sub category, subcategory, 分类, 小类, 部门",
    ),
    "product": (
        "product id, product no, product code, product name, product number, sku, sku id, item id, item no, item number, "
        "item code, item name, stock code, article, article no, article number, asin, upc, ean, barcode, "
        "商品, 商品编号, 商品ID, 商品编码, 商品名称, 商品号, 产品, 产品编号, 产品ID, 产品名称, 产品编码, 货号, 条码, 商品條碼",
        "item, description, product description, title, goods, 品名, 货品, 名称, 商品描述, 标题",
    ),
    "unit_price": (
        "unit price, price per unit, price each, item price, list price, selling price, retail price, 单价, 商品单价, 销售单价, 售价, "
        "零售价, 單價",
        "price, rate, 价格, 价钱",
    ),
    "acquired_on": (
        "acquisition date, signup date, sign up date, registration date, registered on, registered at, join date, joined, "
        "joined on, member since, customer since, created at, first contact date, 注册日期, 注册时间, 入会日期, 入会时间, 开户日期, 获客日期",
        "created, start date, 创建时间",
    ),
    "channel": ("acquisition channel, source channel, lead source, 渠道, 获客渠道, 来源渠道, 注册渠道, 触达渠道", "source, medium, 来源"),
    "region": ("area, territory, sales region, province, state, 地区, 区域, 省份, 大区, 地域", "city, country, market, 城市, 国家"),
    "referred_by": ("referrer, referrer id, referral id, 推荐人, 推荐人编号, 推荐人ID, 介绍人", "inviter, 邀请人"),
    "contactable": ("opt in, marketing opt in, consent, marketing consent, 可联系, 营销许可, 是否可联系", "newsletter, subscribed, 订阅"),
    "period_end": ("quarter end, period end date, end of period, 季度末, 期末, 期末日期", "period, quarter, 期间, 季度"),
    "acquire": ("acquisition cost, cost to acquire, 获客成本, 获取成本", "cac"),
    "sell": ("selling cost, cost to sell, sales cost, 销售费用", "selling"),
    "serve": ("service cost, cost to serve, servicing cost, 服务成本, 服务费用", "support cost"),
    "purchase_date": ("panel date, shopping date, 面板日期", ""),
    "week_start": ("week beginning, week of, week commencing, 周开始, 周一日期, 周起始日", "week, 周"),
    "price": ("shelf price, unit price, 货架价, 单价, 售价", "价格"),
    "promoted": ("on promotion, promo, promotion, is promoted, 促销, 是否促销", "display, feature"),
    "answered_on": ("response date, answer date, survey date, interview date, 回答日期, 调查日期, 答卷时间, 提交答卷时间", "submitted at, 提交时间"),
    "satisfaction": ("csat, overall satisfaction, satisfaction score, 满意度, 总体满意度", "score, rating, 评分"),
    "recommend": ("nps, likelihood to recommend, 推荐意愿, 净推荐值", ""),
    "rebuy": ("repurchase intention, would buy again, 复购意愿, 再购意愿", ""),
    "case_id": ("case no, case number, ticket id, ticket no, ticket number, complaint id, complaint no, 工单号, 投诉编号, 投诉单号, 案件编号", "case, ticket, 工单"),
    "opened_at": ("opened on, open date, opened, complaint date, received at, reported at, 投诉时间, 投诉日期, 受理时间", "created at, created, 创建时间"),
    "kind": ("complaint type, case type, issue type, reason, 投诉类型, 问题类型, 投诉原因", "type, subject, 类型"),
    "valid": ("justified, is valid, 是否有效, 是否成立", ""),
    "first_response_at": ("first response, first reply at, first contact at, 首次响应时间, 首次回复时间", ""),
    "resolved_at": ("resolved on, resolved, resolution date, closed at, 解决时间, 处理完成时间", "closed, 完成时间"),
    "visited_at": ("follow up visit, visit date, 回访时间, 回访日期", ""),
    "archived_at": ("archived on, filed at, 归档时间, 结案时间", ""),
    "resolution": ("outcome, solution, 处理结果, 解决方案", "result, 结果"),
    "month_start": ("month beginning, month of, 月初, 月份", "month, 月"),
    "visits": ("sessions, visit count, number of visits, 访问次数, 到访次数", "访问量"),
    "searches": ("search count, brand searches, 搜索次数", ""),
    "opens": ("email opens, message opens, opened messages, 打开次数", ""),
    "choice_minutes": ("minutes to order, 决策时长", ""),
    "referrals": ("referral count, recommendations sent, 推荐次数", ""),
    "campaign": ("campaign id, campaign name, 活动, 活动名称, 营销活动", "活动编号"),
    "contacted_on": ("contact date, sent on, sent at, send date, 触达日期, 联系日期, 发送日期, 发送时间", "date, 日期"),
    "treated": ("treatment, is treated, contacted, 是否触达, 实验组", "group, 分组"),
    "responded": ("response, converted, conversion, 是否响应, 是否转化, 响应", ""),
    "revenue": ("response revenue, revenue in window, 响应收入, 收入", "amount, sales, 金额"),
}  # fmt: skip

OWN, STRONG, WEAK = 3, 2, 1


def key(name):
    """A header in the form in which names are compared: no case, blanks, punctuation, nor unit in brackets.

    >>> key("Customer ID"), key("InvoiceNo"), key("金额（元）")
    ('customerid', 'invoiceno', '金额')
    """
    text = unicodedata.normalize("NFKC", str(name)).lower()
    if "\0" in text:  # bytes read in the wrong encoding mean nothing
        return ""
    bare = re.sub(r"[\W_]+", "", re.sub(r"[(\[【].*?[)\]】]", "", text))
    return bare or re.sub(r"[\W_]+", "", text)


@functools.cache
def names(column):
    """{compared form: OWN, STRONG or WEAK} of a column of the contract, or of ``unit_price``."""
    strong, weak = NAMES.get(column, ("", ""))
    found = {key(n): WEAK for n in weak.split(",") if n.strip()} | {
        key(n): STRONG for n in strong.split(",") if n.strip()
    }
    return found | ({key(column): OWN} if column != "unit_price" else {})


def level(column, header):
    """How well a header names a column: OWN, STRONG, WEAK or 0.

    >>> level("order_id", "Invoice No."), level("order_date", "日期"), level("amount", "colour")
    (2, 1, 0)
    """
    return names(column).get(key(header), 0)


class Known(frozenset):
    """A set that holds every header which means some column, however it is spelt: finds the delimiter and the sheet."""

    def __contains__(self, header):
        return bool(key(header)) and super().__contains__(key(header))


def known():
    """All known names of all columns."""
    columns = {c.name for table in TABLES.values() for c in table} | {"unit_price"}
    return Known(name for column in columns for name in names(column))
