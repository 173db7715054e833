"""Chinese bulletins, in both scripts: their words for numbers, days, rigs, people, money and bodies.

`BulletinText.plain` is in simplified characters, so that every word stands here once.
"""

import datetime
import itertools
import re

from django.core.exceptions import ValidationError

from regions.grammar.reading import in_chinese

from . import chinese_leads, chinese_names

CODES = ("zh-Hans", "zh-Hant")


def reads(plain):
    letters = sum(character.isalpha() for character in plain)
    chinese = len(re.findall("[\u3400-\u9fff]", plain))
    kana = len(re.findall("[\u3040-\u30ff]", plain))
    return chinese / letters if letters and kana < chinese * 0.05 else 0


SENTENCE = re.compile(r"[。!?!?;]|\n+")
CLAUSE = re.compile(r"(?<!\d)[,:]|[,:](?!\d)|[。!?;]|\n+")
HEADING = re.compile(
    r"(?:^|(?<=[。\n;]))[ \t]*(?:【?(?:典型)?案(?:例|件)(?:[一二三四五六七八九十]{1,3}|\d{1,2})|第[一二三四五六七八九十]{1,3}[案起](?:[::,、 ])"
    r"|[(（]?[一二三四五六七八九十]{1,2}[)）]?、|\d{1,2}[.、．](?!\d)|[●▲■◆▶•★](?=[^\n]{10}))",
    re.MULTILINE,
)
MINING = re.compile(r"挖矿|矿机|矿场|比特币|虚拟货币|加密货币|以太坊|数字货币|虚拟币|加密币|算力机|莱特币|显卡机|挖币")
DATELINE = re.compile(
    r"\s*(?:[(【][^()【】。]{2,24}(?:电|讯|报道|报导)[)】]|(?:新华社|中新社|中新网|中央社|本报|本台|本刊)[^,。:]{0,16}?[电讯])"
)
MAYBE_MINING = None

# Numbers

_DIGIT = "零〇一二两三四五六七八九十百千万亿"
_ODD = "[余多几来]"
_IN_DIGITS = rf"(?<![\d.])(?<!\d,)(?<!\d[万亿千])(?:\d{{1,3}}(?:,\d{{3}}){{1,5}}|\d{{1,15}}(?!\d))(?:\.\d{{1,9}})?(?: ?{_ODD}?(?:[十百千]?[万亿]|[百千])(?:\d{{1,4}}(?![\d%])(?:[千百]?万|[千百])?)?)?"
_NUMBER = rf"(?:{_IN_DIGITS}|(?<![几数])[{_DIGIT}]{{1,20}}(?:{_ODD}[万亿])?(?:点[{_DIGIT}]{{1,9}})?)(?: ?{_ODD})?"
_AS_READ = {
    "多达": "达",
    "总共": "共",
    "超出": "超过",
    "不下于": "至少",
    "不下": "至少",
    "足足": "",
    "整整": "",
    "足有": "",
}
_BEFORE = (
    "超过|超出|超|逾|至少|不少于|不低于|约为|大约|约|估计|近|将近|接近|最多|至多|共计|合计|总计|共|达到|高达|达|总共|多达"
    "|不下于|不下|足足|整整|足有"
)
_QUALIFIED = rf"(?:(?:{_BEFORE}){{0,2}} ?)?{_NUMBER}"


# People who are named and not counted: 王某、李某.
_NAMED = r"(?:[一-鿿]某(?:某|[一-鿿](?=[、和及与被等]))?|[一-鿿][男女](?=[到等,。、遭被及坦供]))"
_ROLE = (
    r"(?:犯罪嫌疑人|违法嫌疑人|嫌疑人|嫌犯|男子|女子|户主|房主|屋主|租客|租户|承租人|老板|负责人|经营者|看守人员|看守人|看管人员"
    r"|当事人|店主|网管|业主|场主|饲养员|养殖户|技术员|管理员|使用人|用电人|主犯|主谋|村民|农户|司机|船长|货主|乘客|旅客|嫌疑人)"
)
_NAME_ALONE = "[一-鿿](?:某[一-鿿]?|[男女])"
_MORE_NAMES = "(?:[、和及与][一-鿿]{0,4}?"
_RELATIVE = r"(?:[和及与](?:其|\d\d岁)?[一-鿿]{0,2}?(?:女友|男友|妻子|妻|丈夫|儿子|女儿|胞弟|胞兄|弟弟|哥哥|父亲|母亲|友人|同伙|同居人|合伙人))"
_SOMEBODY = re.compile(rf"{_NAME_ALONE}{_MORE_NAMES}{_NAME_ALONE})*|一?{_ROLE}{_RELATIVE}?")
_MEN_AND_WOMEN = re.compile("([一二两三四五六七八九])男([一二两三四五六七八九])女")


def in_digits(text, country=""):
    """`text` as regions.grammar.amounts reads it: one 共 or 约 before it, and a currency by its name."""
    if text == "其":
        return "1"
    if _SOMEBODY.fullmatch(text):
        return str(1 + len(re.findall("[、和及与]", text)))
    if both := _MEN_AND_WOMEN.fullmatch(text):
        return str(sum(in_chinese(count) for count in both.groups()))
    text = re.sub("|".join(_AS_READ), lambda match: _AS_READ[match[0]], text)
    text = re.sub(r"^(?:共计|合计|总计|共|达到|高达|达) ?(?=超|逾|约|近|将近)", "", text)
    if country == "TW":
        text = re.sub(r"(?<![币港美])元", "新台币", text)
    if country == "HK":
        text = re.sub(r"(?<![币港美])元", "港元", text)
    return text


# Days

_D = r"(?:\d{1,2}|[一二三四五六七八九十廿]{1,3})"
_Y = r"(?:\d{4}|[零〇一二三四五六七八九]{4})"
DAYS = [
    re.compile(pattern)
    for pattern in (
        rf"(?P<year>{_Y}|今|本|去|上|前|同|当)年(?P<month>{_D})月(?P<day>{_D})[日号]",
        rf"民国(?P<roc>\d{{2,3}})年(?P<month>{_D})月(?:(?P<day>{_D})[日号])?",
        r"(?P<year>20\d\d)[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})",
        rf"(?P<year>{_Y}|今|本|去|上|前|同|当)年(?P<month>{_D})月(?!\d)份?",
        rf"(?P<which>本|上|当|同|这个|上个)月(?P<day>{_D})[日号]",
        rf"(?<![\d个{_DIGIT}])(?P<month>{_D})月(?P<day>{_D})[日号]",
        rf"(?<![\d个{_DIGIT}年])(?P<month>{_D})月份?(?![\d{_DIGIT}大])",
        r"(?P<which>本|上|上个|这个)月(?![电用耗窃均])",
        r"(?P<ago>前天|前日|昨天|昨日|昨晚|昨夜|今天|今日|今晨|今早)",
        r"(?P<week>上周|上星期|本周|这周|上礼拜|周|星期)(?P<weekday>[一二三四五六日天])(?![个次])",
        rf"(?<![\d月{_DIGIT}.])(?P<day>{_D})[日号](?=[上下凌早中晚,、 ]|[^\d间内前后起常用均]{{0,3}})(?![起均常前内后线间楼机])",
    )
]
_AGO = {"前天": 2, "前日": 2, "昨天": 1, "昨日": 1, "昨晚": 1, "昨夜": 1}


def _int(text):
    if text.isdigit():
        return int(text)
    if len(text) == 4:
        return int("".join(str("零一二三四五六七八九".index(digit.replace("〇", "零"))) for digit in text))
    return in_chinese(text.replace("廿", "二十"))


def day_of(match, published, earlier):
    """(day, precision, whether the text itself says all of it) of a match of DAYS; None where it cannot be a day."""
    part = {name: value for name, value in match.groupdict().items() if value}
    try:
        return _day_of(part, published, earlier)
    except (ValueError, TypeError, ValidationError):
        return None


def _day_of(part, published, earlier):
    if "roc" in part:
        return _of(int(part["roc"]) + 1911, part, True)
    year = part.get("year", "")
    if len(year) == 4:
        return _of(_int(year), part, True)
    if published is None:
        return None
    if "ago" in part:
        return published - datetime.timedelta(_AGO.get(part["ago"], 0)), "day", True
    if "weekday" in part:
        back = (published.weekday() - "一二三四五六日".index(part["weekday"].replace("天", "日"))) % 7
        if part["week"].startswith("上"):
            back = published.weekday() + 7 - "一二三四五六日".index(part["weekday"].replace("天", "日"))
        return published - datetime.timedelta(back), "day", True
    if year in ("同", "当"):
        return _of(earlier[-1].year, part, True) if earlier else None
    if year:
        return _of(published.year - {"去": 1, "上": 1, "前": 2}.get(year, 0), part, True)
    if "which" in part:
        first = published.replace(day=1)
        if part["which"].startswith("上"):
            first = (first - datetime.timedelta(1)).replace(day=1)
        elif part["which"] in ("当", "同") and earlier:
            first = earlier[-1].replace(day=1)
        return _of(first.year, {"month": str(first.month), **part}, True)
    if "month" in part:
        found, precision, stated = _of(published.year, part, True)
        if published < found < published + datetime.timedelta(60):
            return None  # what is still to come
        return (found if found <= published else found.replace(year=found.year - 1)), precision, stated
    found = published.replace(day=_int(part["day"]))
    if found > published:
        found = (published.replace(day=1) - datetime.timedelta(1)).replace(day=found.day)
    return found, "day", False


def _of(year, part, stated):
    day = _int(part["day"]) if "day" in part else None
    return datetime.date(year, _int(part["month"]), day or 1), "day" if day else "month", stated


HAPPENED = re.compile(
    r"查获|查处|查扣|查封|发现|侦破|破获|捣毁|缴获|起获|起出|扣押|收缴|抓获|拘捕|检查|巡查|核查|核实|排查|行动|突击|报案|接获|接报|接到"
    r"|突袭|搜查|搜索|搜获|取缔|端掉|打掉|清查|清缴|(?<!审理)(?<!审查)查明|查出|查到|查实|识破|监测|提示|断电|关停|关闭|挖出|赶赴|抵达|到场|入户|抓捕|出动|收网"
    r"|稽查|举报|起火|火警|火灾|失火|跳闸|跳电|断电(?:频繁|投诉)|短路|爆响|停电|线索|反映|预警|破案|落网|捣破|检获|捡获|起出|查缉|侦办|上门|进入|开展|联合|清理|清退|整治"
)
NOT_THE_DAY_BEFORE = re.compile(
    r"(?:自从?|从|截至|截止|至|到|直至|于是|生于|始于|出生于|定于|限期|将于|拟于|有效期|购入于|早在|以来,?自?|(?:另一|其他|其余|另有)[^,。;]{0,14})\s*\Z"
)
NOT_THE_DAY_AFTER = re.compile(
    r"(?:份)?(?:起(?!对|在|开展|组织|联合|集中|连续|陆续)|开始|以来|至今|至(?=\d)|到(?=\d)|以前|之前|前(?!往|去|来)|禁令|才|购[入买]|份?(?:至|到)|间(?:窃|用|盗)|投产|建成|租|自行|份?(?:用电|电费|升至)"
    r"|,?[^,。]{0,12}召开|[^,。]{0,8}(?:通报[::,称了]|通报了|发布(?:消息|通报|了)|公布|表示|介绍|消息|讯|从[^。]{0,20}(?:获悉|了解到)|宣布|判决|宣判|开庭|起诉)|,[^,。]{0,16}(?:批准逮捕|批捕|提起公诉|判决|宣判|开庭|移送起诉|一审))"
)

# Rigs

_QUOTE = r"[\"“”'「」『』]?"
_COIN = r"(?:比特币|虚拟货币|加密货币|虚拟币|数字货币|以太坊|以太币|莱特币|门罗币|狗狗币|加密)"
_BRAND = r"(?:蚂蚁|神马|阿瓦隆|芯动|翼比特|嘉楠|Antminer|Whatsminer|Avalon)[A-Za-z0-9+ -]{0,10}(?:[型系]列?|pro)?"
_OF_RIGS = (
    rf"(?:(?:{_COIN}|{_QUOTE}{_BRAND}{_QUOTE}|专用|显卡|GPU|ASIC|大型|小型|各类|各式|各种|各型|涉案|疑似|旧|二手|新型|高性能|大功率|电脑|自组|组装|{_QUOTE}挖矿{_QUOTE}"
    rf"|(?:运行|运转|作业|工作)(?:中|着|状态)|(?:正在)?(?:高速|昼夜|日夜)?(?:运行|运转|工作|作业|挖矿|挖币|“挖矿”|用于{_QUOTE}挖矿{_QUOTE})|[一-鿿A-Za-z0-9]{{0,6}}型号?)的?){{0,4}}"
)
_MINER = (
    rf"{_OF_RIGS}{_QUOTE}(?:{_COIN}?{_QUOTE}(?:挖矿|挖币){_QUOTE}(?:专用)?"
    rf"(?:机器|机组|机|设备|电脑|主机|服务器|计算机|显卡机?|显示卡|矿机|装置|终端)|矿机|挖矿机|{_COIN}{_QUOTE}(?:挖掘)?机(?:器|组)?|算力机|算力服务器|矿卡|掘币机|挖(?:比特币|以太币|币)的?(?:机器|设备|电脑|主机)){_QUOTE}"
)
_WEAK = r"(?:电脑主机|电脑|主机|服务器|计算机|设备|机器|显卡|显示卡|机台|机)"
_OTHER = r"(?:算力板|控制板|电源|变压器|风机|手机|空调|交换机|路由器|电表|电脑|轿车|电缆|配电柜|其中|分别)"
_UNIT = r"(?:台|部|套|架|组|张|块|枚)(?![区风变])(?:\(?套\)?)?"
_NUMBER_OF_RIGS = rf"(?P<amount>{_QUALIFIED} ?{_UNIT}(?:以上|左右|上下)?)"
RIGS = [
    (3, re.compile(rf"{_MINER}(?:(?!{_OTHER})[^,。;、\d]){{0,10}}?{_NUMBER_OF_RIGS}")),
    (3, re.compile(rf"{_NUMBER_OF_RIGS}(?:正在[一-鿿]{{0,6}}的|用于|(?:怀疑)?(?:用于|用作|用来)[一-鿿]{{2,6}}的|型号[^,。]{{0,8}}的|[^,。;、\d和与及]{{1,10}}的)?{_MINER}")),
    (2.5, re.compile(rf"{_NUMBER_OF_RIGS}[^,。;、\d]{{0,8}}(?:挖矿|挖币|挖掘)[^,。;、\d]{{0,8}}?{_WEAK}")),
    (2, re.compile(rf"{_QUOTE}挖矿{_QUOTE}{_WEAK}[^,。;、\d]{{0,4}}?{_NUMBER_OF_RIGS}")),
    (1.2, re.compile(rf"(?<!网络)(?<!通信)(?<!供电)(?<!输电)(?<!散热)(?<!手)(?<!风){_WEAK}{_QUOTE}[^,。;、\d]{{0,3}}?{_NUMBER_OF_RIGS}")),
    (2, re.compile(rf"挖矿{_QUOTE}的{_WEAK}[^,。;、\d]{{0,3}}?{_NUMBER_OF_RIGS}")),
    (2, re.compile(rf"{_NUMBER_OF_RIGS}{_WEAK}{_QUOTE}挖矿")),
    (2, re.compile(rf"{_NUMBER_OF_RIGS}机器(?!人)")),
    (1, re.compile(rf"(?:清点|点验|点数|盘点|登记[为了]?|逐台|共计|共有|总计|合计|总数|计有|数量|数下来)(?:(?![{_DIGIT}])[^,。;\d]){{0,4}}{_NUMBER_OF_RIGS}(?!{_OTHER})")),
    (1.2, re.compile(rf"{_NUMBER_OF_RIGS}(?:[一-鿿]{{0,6}}的)?{_QUOTE}{_WEAK}(?!柜)")),
]  # fmt: skip
CARDS = re.compile("[张块枚]")
RIGS_TOTAL = re.compile(r"(?:共|共计|合计|总计|累计|一共|总共)[一-鿿]{0,4}\Z|(?:合计|共计|累计|共)[^,。\d]{0,12}\Z")
RIGS_TOTAL_AFTER = re.compile(r"(?!)")
NOT_RIGS_BEFORE = re.compile(
    r"(?:其中|每|另有|转卖|售出|卖出|可容纳|平均|此前|先后于|今年以来|累计查处|变压器(?![为给向])|风机|手机|空调|交换机|路由器|电表)[^,。]{0,8}\Z"
)
NOT_RIGS_AFTER = re.compile(
    r"\s*(?:变压器|风机|手机|空调|交换机|路由器|电表|电缆|轿车|车|警车)|[^,。]{0,6}(?:尚未|已售|被转移)"
)
SEIZED = re.compile(
    r"查获|扣押|缴获|起获|起出|收缴|发现|查扣|查封|查见|清查|搜获|检获|捡获|没收|查处|清理|拆除|摆满|放置|安装|运行|确有|存放|架设|接上|查出|查到|清点|暗藏|搜出|下架|拆下|拆除|关停|码放|摆着|摆放|存有|藏有|截获|夹藏|检出|见到|看到|找到|搜到|寻获|内有|室内|封存|清退|移交|查实|利用|使用|运转|搬出|登记|处置|收走|清出|点验|盘点|装车|拉走|运走|堆满|堆放|轰鸣|运算|拆走|没入|列管"
)

# People

_PERSON = r"(?:名|个|位|人)(?![元次月])"
_N = rf"(?:\d{{1,9}}|[{_DIGIT}]{{1,12}})"
_HELD = r"(?:抓获|拘提|抓捕|拘留|刑拘|拘捕|逮捕|控制|落网|羁押|带走|传唤到案|捕获|归案|拘传|扣查|带返|送押|查获|移送|到案|带回|强制措施|被抓|押解|行拘|投案|审查|被捕)"
_COUNT = rf"(?P<amount>{_N} ?余?(?:名|个|位|人))"
PEOPLE = [
    (True, re.compile(rf"{_HELD}[^。;]{{0,24}}?(?:等|为首的|在内的|共|共计){_COUNT}(?![元次月])")),
    (False, re.compile(rf"(?:抓获|抓捕|拘留|刑拘|拘捕|逮捕|控制|羁押|捕获|扣查|带返|带走)(?:了|共|共计|(?:\d\d岁)?[^,。;\d]{{0,14}}?(?:嫌疑人|嫌犯|人员|成员|男子|女子|员工|职员|看守|看护|值守|工人|股东|老板|主犯|骨干)[^,。;\d]{{0,3}}?)?{_COUNT}(?![元次月])")),
    (False, re.compile(rf"(?:抓获|拘捕|逮捕|扣查|控制)(?:\d\d岁)?[^,。;\d]{{0,16}}?{_COUNT}[^,。;\d]{{0,6}}?(?:雇员|僱员|员工|职员|男子|女子|嫌疑人|嫌犯|工人|人员|居民|村民|工程师|技工)")),
    (False, re.compile(rf"{_COUNT}(?![元次月])[^,。;\d]{{0,22}}?(?:已?(?:先后)?被?(?:当场)?(?:依法)?(?:警方)?(?:采取)?(?:刑事)?){_HELD}")),
    (False, re.compile(rf"{_COUNT}(?![元次月])[^。;]{{0,45}}?(?:均|全部|悉数|先后|相继|陆续|一并)已?(?:被)?(?:抓获|拘留|刑拘|逮捕|落网|归案|到案|被捕)")),
    (False, re.compile(rf"{_COUNT}(?![元次月])[^。;]{{0,45}}?即?被(?:(?:当场|依法|刑事|警方)?{_HELD}|捕)")),
]  # fmt: skip
# Somebody who is named by name or role, and what was done with them; only where nobody was counted.
_TAKEN = r"(?:刑拘|刑事拘留|行政拘留|行拘|逮捕|拘捕|抓获|抓捕归案|被抓|带走|控制|羁押|拘传|采取(?:刑事)?强制措施|被捕|到案|落网)"
SOMEBODY = [
    re.compile(rf"(?:抓获|拘捕|逮捕|拘提|控制|带走)[^。;\d]{{0,6}}?(?P<amount>{_MEN_AND_WOMEN.pattern})"),
    re.compile(rf"(?P<amount>{_MEN_AND_WOMEN.pattern})[^。;\d]{{0,10}}?{_TAKEN}"),
    re.compile(
        rf"(?:将|对|抓获|拘捕|逮捕|刑拘了?|拘留|控制)[^,。;\d]{{0,8}}?(?P<amount>{_NAMED}{_MORE_NAMES}{_NAMED}){{0,20}})"
    ),
    re.compile(
        rf"(?P<amount>{_NAMED}{_MORE_NAMES}{_NAMED}){{0,20}})(?:\([^()]{{1,30}}\))?[^。;\d]{{0,24}}?被?[^,。;\d]{{0,6}}{_TAKEN}"
    ),
    re.compile(rf"(?P<amount>一?{_ROLE})[^,。;\d]{{0,10}}?(?:已|现|(?=被))[^。;\d]{{0,8}}?{_TAKEN}"),
    re.compile(rf"(?P<amount>一?{_ROLE})[^。;]{{0,30}}?,(?:现|目前|后|随后)?已?被[^,。;\d]{{0,8}}?{_TAKEN}"),
    re.compile(
        r"(?:已|依法|当场|随即|随后|迅速)将(?P<amount>其)(?:当场|依法|抓获)?(?:抓获|控制|拘留|刑拘|刑事拘留|行政拘留|带走|拘捕|逮捕|传唤到案)"
    ),
    re.compile(r"对(?P<amount>其)(?:依法)?(?:处以|作出|予以|采取|实施)?[^,。;]{0,6}拘留"),
    re.compile(
        rf"(?:将|对|抓获|拘捕|逮捕|控制)(?:涉案|该|违法|现场)?(?:\d+岁)?[^,。;\d]{{0,4}}(?P<amount>{_ROLE}{_RELATIVE}?)"
    ),
]
NOT_PEOPLE_BEFORE = re.compile(r"(?:另有|另|出动|组织|抽调|派出(?!所)|民警|警力|其余|仍有)[^,。]{0,6}\Z")
NOT_PEOPLE_AFTER = re.compile(r"[^,。]{0,4}(?:民警|警力|警员|在逃|正在接受调查|接受调查|受伤)")
NOBODY = re.compile(
    r"(?:无人|没有人|未有人|暂无人|尚无人|暂未有人|未有人员)(?:员)?(?:被捕|被拘|被抓|落网|被扣|被刑拘|被带走)"
)


_AND_SO_MANY = re.compile(rf"(?:{_ROLE}|主嫌|首脑|店东)[与和及]\Z")  # 逮捕李姓主嫌与2名员工: three people


def people_together(parts, plain):
    """How many people several statements make: those that are counted on 另, else the largest."""
    parts = [(start, end, value + bool(_AND_SO_MANY.search(plain[:start]))) for start, end, value in parts]
    total = parts[0][2]
    for (_start, end, _value), (start, _end, value) in itertools.pairwise(parts):
        between = plain[end:start]
        counted_on = "另|又|再|其后|随后" if re.search("[。!?]", between) else "另|又|再|及|还|其后|随后"
        total = (
            total + value if re.search(counted_on, between + plain[max(end, start - 6) : start]) else max(total, value)
        )
    return total


# Money and electricity

_CURRENCY = r"(?:人民币|新台币|台币|港币|港元|港幣|美元|美金|令吉|林吉特|马币|泰铢|卢布|日元|欧元|印尼盾|坚戈|韩元|新元|元整|元|块钱)"
MONEY = re.compile(
    rf"(?P<amount>(?:人民币|新台币|港币|美金|马币|RM ?|HK\$ ?|NT\$ ?)?{_QUALIFIED}(?:[-~至到]{_NUMBER})? ?{_CURRENCY}(?:以上|左右|上下)?)"
    rf"|(?P<sign>(?:RM|HK\$|NT\$|US\$|¥) ?{_QUALIFIED})"
)
LOSS = re.compile(
    r"(?:窃电|盗电|偷电|用电|电量|电费|电能|电力|盗窃)[^,。;\d]{0,8}价值|涉案(?:总)?价值|电费|窃电|盗电|偷电|窃取|盗用|偷用|损失|案值|涉案金额|电量|追缴|追补|违约使用电费|少计|欠费|电力|漏计|盗窃"
)
SMUGGLED = re.compile("走私|夹藏|申报|报关|未列舱单")  # then the value of a case is that of the goods
CASE_VALUE = re.compile(
    r"涉案(?:总)?价值|案值|涉案金额"
)  # of what, the text leaves open: the power, if nothing else is its price
WORTH = re.compile(r"价值|估值|市值|总值|货值|设备金额|总价|估价")
NOT_MONEY_BEFORE = re.compile(
    r"(?:罚款|处罚金|罚金|租金|月租|工资|获利|盈利|收益|获利约|成本|奖励|投资|投入|购入|购买|花费|单价|每度|每台|售价|保释|违法所得|营业额|利润|悬赏)[^。;,]{0,14}\Z|每[日天]电费[^,。]{0,6}\Z"
)
NOT_MONEY_AFTER = re.compile(r"\s*(?:罚款|罚金|每台|一台|/台|每度|/度|/千瓦时|的?罚|保释|不等的?工资)")
LOAD = re.compile(rf"(?P<amount>{_QUALIFIED} ?(?:万?千瓦|兆瓦|MW|kW|KW|kw)(?!时|·|小时|h|H))")
LOAD_WORDS = re.compile("负荷|功率|负载|用电|耗电|容量|出力|报装")
NOT_LOAD_BEFORE = re.compile(r"(?:变压器|水电站|电站|风电|光伏|发电|发电机|装机容量|每台|单台|水电)[^,。]{0,10}\Z")
ENERGY = re.compile(
    rf"(?P<amount>{_QUALIFIED} ?(?:千瓦时|千瓦·时|千瓦小时|度电|度(?![数假过角])|kWh|KWH|kwh|兆瓦时)(?:以上|左右|上下)?)"
)
CONVERTED = re.compile(r"(?:折合|约合|合计?|相当于|折算)[^,。;\d]{0,10}\Z")
NOT_ENERGY_BEFORE = re.compile(r"(?:每台|单台|阶梯|户均|温度|高温|气温|标准|限额)[^,。]{0,8}\Z")
NOT_ENERGY_AFTER = re.compile(r"\s*(?:高温|以下居民)")
PERIODS = re.compile("[每逐][个]?[日天月年]|[日天月年]均|一[个]?[天月年]|单[日月]|全年|/[日天月年]")
RATES = [
    ("per_hour", re.compile(r"(?:每小时|每个?钟头|小时(?=[用耗]电))[^,。;]{0,14}\Z"), re.compile(r"\s*(?:/小时|每小时)")),
    ("per_month", re.compile(rf"(?<![个{_DIGIT}])(?:每个?月|单月|月均|平均每月|按月|(?<![个多余半\d{_DIGIT}])月(?:均)?(?=[窃用耗偷盗电损])|\d{{1,2}}月份?(?:用电|升至|电费|电量|又?升)|当月(?:用电|电费))[^,。;]{{0,14}}\Z"), re.compile(r"\s*(?:/月|每月|一个月(?!间|内))")),
    ("per_year", re.compile(r"(?:每年|年均|(?<![\d全上今去当本同一二两三半数多几近])年(?=[窃用耗偷盗]电))[^,。;]{0,12}\Z"), re.compile(r"\s*/年")),
    ("per_day", re.compile(r"(?:每日|每天|一天|日均|单日|(?<![\d今昨当近本连])日(?=[窃用耗偷盗]电))[^,。;]{0,12}\Z"), re.compile(r"\s*/[天日]")),
]  # fmt: skip

# Where it was

SITES = [
    ("internet_cafe", re.compile(r"网吧|网咖")),
    ("school", re.compile(r"学校|小学|中学|大学|校园|学院")),
    ("warehouse", re.compile(r"仓库|库房|货仓|仓储")),
    ("industrial_park", re.compile(r"工业园|产业园|园区|工业区|创业园")),
    ("factory", re.compile(r"厂房|工厂|车间|铁皮房|电修厂|厂区")),
    ("farm", re.compile(r"养殖场|养猪场|养鸡场|猪场|鸡舍|犬舍|农场|大棚|果园|农舍")),
    ("data_centre", re.compile(r"数据中心|机房")),
    ("shophouse", re.compile(r"商铺|店铺|店屋|店面|门面")),
    ("residential", re.compile(r"民房|民宅|出租房|出租屋|住宅|居民家|居民楼|自建房|公寓|别墅|小区|住户|透天")),
    ("power_plant", re.compile(r"水电站|发电厂|电厂")),
    ("container", re.compile(r"集装箱|货柜")),
    ("office", re.compile(r"办公室|办公楼|写字楼")),
]  # fmt: skip
THEFT = re.compile(
    r"窃电|盗电|偷电|盗用[^,。]{0,6}电|偷用[^,。]{0,6}电|盗取电力|窃取电|私接|私自接|绕越|被盗电|电表[^,。]{0,8}短接|盗窃电"
)

_SITE = (
    r"(?:窝点|场所|矿场|厂房|地点|点位|出租房|出租屋|民房|民宅|网吧|网咖|机房|仓库|商铺|店铺|店屋|院舍|房屋|住房|住宅|养殖场|养猪场|养鸡场|鸡棚|水电站|电站|企业"
    r"|公司|门店|据点|处所|院落|农家院|车库|公寓|挖矿点|项目|地下室)"
)
PREMISES = [
    re.compile(rf"(?P<amount>{_N})余?(?:处|个|家|间|栋|座|套|所|户)(?:[一-鿿\"]{{0,8}}?)?{_SITE}"),
    re.compile(rf"{_SITE}\"?(?:共|共计)?(?P<amount>{_N})余?(?:处|个)"),
]
OUTCOME = re.compile(
    r"断电|停电|查封|收缴|责令|关停|取缔|立案|移送|移交|追缴|追补|停职|免职|拆除|没收|处罚|整改|解除|起诉|判处|封存|停业|约谈|吊销|补交|清退|销毁|侦办中|正在(?:进一步)?(?:调查|侦办|侦查|办理)"
)

LEADS, NOT_THE_LEAD = chinese_leads.LEADS, chinese_leads.NOT_THE_LEAD
places_in = chinese_names.places_in
agencies_in = chinese_names.agencies_in
provisions_in = chinese_names.provisions_in
