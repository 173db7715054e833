"""Units, currencies and qualifiers as people write them."""

from decimal import Decimal

COUNTER = "counter"  # the unit of a word that counts things of any kind: 3个, 3 pcs


def all_units() -> dict[str, tuple[str, Decimal]]:
    """{name of a unit: (its base unit, the number of base units in it)}."""
    names = {}
    prefixes = {
        "": ("", "", "0.001"),
        "k": ("kilo", "千", "1"),
        "m": ("mega", "兆", "1000"),
        "g": ("giga", "吉", "1000000"),
        "t": ("tera", "太", "1000000000"),
    }
    for letter, (english, chinese, size) in prefixes.items():
        load = [f"{letter}w", f"{english}watt", f"{english}watts", f"{chinese}瓦"]
        energy = [f"{letter}w{dot}h" for dot in ("", "·", "-", " ")]
        energy += [f"{english}watt{dot}hour{s}" for dot in ("-", " ") for s in ("", "s")]
        energy += [f"{chinese}瓦{hour}" for hour in ("时", "·时", "小时")]
        names |= dict.fromkeys(load, ("kW", Decimal(size))) | dict.fromkeys(energy, ("kWh", Decimal(size)))
    names |= dict.fromkeys(("度", "度电"), ("kWh", Decimal(1)))

    machines = ("rig", "machine", "miner", "unit", "set", "device", "asic", "asic miner")
    mining = ("", "mining ", "bitcoin ", "bitcoin mining ", "crypto mining ", "cryptocurrency mining ")
    rigs = [f"{what}{machine}{s}" for what in mining for machine in machines for s in ("", "s")]
    kinds = ("矿机", "比特币矿机", "挖矿机", "设备", "机器")
    rigs += [f"{counter}{kind}" for counter in ("台", "部", "套", "") for kind in kinds]
    malay = ("mesin", "mesin bitcoin", "mesin perlombongan", "mesin perlombongan bitcoin", "mesin pelombong")
    rigs += [f"{counter}{kind}" for counter in ("buah ", "unit ", "") for kind in malay]
    cards = ("显卡", "gpu", "算力卡", "芯片")
    rigs += [f"{counter}{card}" for counter in ("张", "块", "片", "枚", "个", "") for card in cards]
    rigs += ["gpus", *(f"{what} card{s}" for what in ("graphics", "video", "gpu") for s in ("", "s")), "kad grafik"]
    names |= dict.fromkeys((*rigs, "台", "台套", "台(套)", "台/套", "部", "套"), ("rigs", Decimal(1)))
    who = ("犯罪嫌疑人", "嫌疑人", "涉案人员", "涉案人", "嫌犯", "人员", "工人")
    people = [f"{counter}{person}" for counter in ("名", "个", "位", "") for person in who]
    people += ["person", "persons", "people", "suspect", "suspects", "man", "men", "人", "名", "位", "人次"]
    people += ["orang", "orang suspek", "suspek", "individu", "orang individu", "lelaki", "orang lelaki"]
    names |= dict.fromkeys(people, ("people", Decimal(1)))
    counters = ("个", "处", "家", "起", "次", "件", "只", "张", "片", "枚", "座", "宗", "例")
    counters += ("pc", "pcs", "piece", "pieces", "buah", "keping", "biji", "kes")
    names |= dict.fromkeys(counters, (COUNTER, Decimal(1)))
    tonnes = "t|tonne|tonnes|ton|tons|tce|t tce|tco2|t co2|吨|吨标准煤|吨标煤|吨二氧化碳"
    names |= dict.fromkeys(tonnes.split("|"), ("t", Decimal(1))) | {"kt": ("t", Decimal(1000))}
    for code, words in MONEY.items():
        names |= dict.fromkeys(words.split("|"), (code, Decimal(1)))
    return names


MONEY = {
    "CNY": "cny|rmb|yuan|renminbi|元|块|人民币|元人民币|元整|元正|圆|圆整|圆正|块钱",
    "EUR": "eur|€|euro|euros|欧元",
    "GBP": "gbp|£|pounds|英镑",
    "HKD": "hkd|港元|港币",
    "IDR": "idr|rupiah|印尼盾",
    "INR": "inr|₹|卢比",
    "JPY": "jpy|yen|日元",
    "KGS": "kgs|som|soms|索姆",
    "KRW": "krw|₩|韩元",
    "KZT": "kzt|₸|tenge|坚戈",
    "MYR": "myr|rm|ringgit|ringgit malaysia|林吉特|令吉|马币",
    "RUB": "rub|₽|rouble|roubles|ruble|rubles|卢布",
    "SGD": "sgd|新加坡元|新元",
    "THB": "thb|฿|baht|泰铢",
    "TWD": "twd|新台币|台币",
    "USD": "usd|$|us$|dollar|dollars|us dollars|美元|美金",
    "VND": "vnd|₫|dong|越南盾",
}

# What is a unit of money elsewhere counts things in the field of a count: 3000块 are rigs or 3,000 yuan.
ALSO_COUNTERS = {"块"}

SIGNS = {"¥": "CNY", "hk$": "HKD", "s$": "SGD", "a$": "AUD", "c$": "CAD", "r$": "BRL", "nt$": "TWD", "人民币": "CNY"}

# Only in capitals: "all" and "try" are English words before they are a lek and a lira.
CURRENCY_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR
IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF
XPF YER ZAR ZMW ZWG
""".split()  # noqa: SIM905 as a list these were a page

QUALIFIERS_BEFORE = {
    "at_least": "more than|in excess of|well over|over|at least|upwards of|above|exceeding|no fewer than|no less than"
    "|not less than|>|>=|≥"
    "|超过|超|逾|至少|不少于|不低于|多于|大于|lebih daripada|lebih dari|melebihi|lebih|sekurang-kurangnya",
    "about": "about|around|approximately|approx.|approx|some|roughly|circa|c.|ca.|ca|an estimated|estimated|~|≈"
    "|约|大约|约为|大概|估计|±|lebih kurang|kira-kira|sekitar|anggaran|dianggarkan",
    "nearly": "nearly|almost|close to|just under|up to|as many as|less than|fewer than|under|at most|no more than"
    "|<|<=|≤|近|将近|接近|最多|至多|不超过|不到|不足|少于|小于|hampir|kurang daripada|tidak melebihi|sehingga",
    "exact": "exactly|a total of|total of|total|共|共计|合计|总计|达|达到|高达|从|sebanyak|berjumlah",
}  # fmt: skip

QUALIFIERS_AFTER = {
    "at_least": "+|plus|or more|and more|odd|-odd|以上|余|多|有余",
    "about": "or so|approximately|左右|上下|来",
    "nearly": "以内",
    "exact": "in total|in all|altogether|之多|不等",
}

SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "k": 10**3,
    "million": 10**6, "millions": 10**6, "mln": 10**6, "mn": 10**6, "m": 10**6,
    "billion": 10**9, "billions": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12,
    "ratus": 100, "ribu": 10**3, "juta": 10**6, "bilion": 10**9, "miliar": 10**9, "trilion": 10**12, "triliun": 10**12,
    "十": 10, "百": 100, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
    "亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip

WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "lapan": 8, "sembilan": 9,
    "sepuluh": 10, "seratus": 100, "seribu": 10**3, "sejuta": 10**6,
}  # fmt: skip

CHINESE_DIGITS = "零一二两三四五六七八九十百千万亿"
FORMAL_DIGITS = str.maketrans("〇壹贰叁肆伍陆柒捌玖拾佰仟", "零一二三四五六七八九十百千")
