"""Names in Chinese bulletins: places, bodies, provisions. All in simplified characters, as `BulletinText.plain` has them."""

import re
from collections import Counter

from ..facts import Certainty, Fact

# Places

_NAME = "[一-鿿]"
_SHORT = r"[^\W\d_省市区县盟旗镇乡村]"
# A city and the district or county of it that stands right behind: 唐山市开平区.
_BELOW = re.compile(rf"(?:{_SHORT}{{1,6}}?(?:新区|自治县|区|县|市|旗))(?!域|块|间|内|别|分|政|级)")
_BELOW_LOOSE = re.compile(rf"{_SHORT}{{1,5}}?(?:区|县|市)")
_NO_BELOW = re.compile(r"公安|[供国]电|电力|通报|在|对|一|的|某|工业|开发|小区|辖|地|油|矿|社|厂|园|校|街")
_MOST_CHARACTERS = 9
_COUNTRIES = {"香港": "HK", "台湾": "TW", "台电": "TW", "新台币": "TW", "港元": "HK", "港币": "HK", "令吉": "MY", "林吉特": "MY", "马来西亚": "MY",
              "泰铢": "TH", "泰国": "TH", "卢布": "RU"}  # fmt: skip


def places_in(reading):
    named = list(_named(reading))
    country = _country(reading, named)
    named = [one for one in named if one[0].country == country]
    first = next(iter(named), None)
    where = (first[1], first[2]) if first else (reading.start, reading.start)
    certainty = Certainty.CERTAIN if first else Certainty.INFERRED
    facts = [Fact("country", country, *where, certainty)]
    if country in ("HK", "MO"):
        facts.append(Fact("admin1_code", f"CN-{country}", *where, certainty))
        facts.append(Fact("region", country, *where, certainty))
        return facts + _districts(reading)
    with_admin1 = [one for one in named if one[0].admin1]
    if not with_admin1:
        return [*facts, Fact("region", country, *where, certainty)]
    counted = Counter(place.admin1 for place, _start, _end in with_admin1)
    code = next(place.admin1 for place, _s, _e in with_admin1 if counted[place.admin1] == max(counted.values()))
    mine = [one for one in with_admin1 if one[0].admin1 == code]
    sure = Certainty.CERTAIN if len(counted) == 1 else Certainty.INFERRED
    facts.append(Fact("admin1_code", code, mine[0][1], mine[0][2], sure))
    deepest, start, end = max(mine, key=lambda one: (len(one[0].above), -one[1]))
    facts.append(Fact("region", deepest.code, start, end, sure))
    if local := _local(reading, mine, country):
        facts.append(local)
    return facts


def _local(reading, mine, country):
    """The city with its district where the two stand together; else the city."""
    plain, found = reading.plain, []
    for place, start, end in mine:
        is_city = place.level == "admin2" or plain[end - 1] in "市县" or (country == "TW" and place.level == "admin1")
        if not is_city:
            continue
        is_whole = _is_whole(place, plain[start:end])
        below = _BELOW.match(plain, end) if is_whole and plain[end - 1] in "市州盟" else None
        if below and not _NO_BELOW.search(below[0]) and below.end() <= reading.end:
            found.append((2, start, below.end()))
        elif country == "TW" and (town := _town(reading, place, end)):
            found.append((2, start, town))
        else:
            found.append((int(is_whole), start, end))
    if not found:
        return None
    _rank, start, end = max(found, key=lambda one: (one[0], -one[1]))
    words = reading.text.original[start:end]
    if not re.search(r"[市县区州盟旗镇乡縣區鎮鄉]\Z", words) and country == "CN":
        whole = next(place.name_zh for place, at, _end in mine if at == start)
        return Fact("admin2_name_local", whole, start, end, Certainty.CERTAIN)
    return Fact("admin2_name_local", words, start, end, Certainty.CERTAIN)


def _is_whole(place, name):
    """Whether a name has its ending: 泰州 is 泰州市 without it, though it ends as a prefecture does."""
    return len(name) >= len(place.name_zh) and name[-1] in "市县区州盟旗"


def _town(reading, place, end):
    """Where a town of the record, or a word that ends as a town does, stands right behind its county."""
    for name, places in reading.gazetteer.chinese.items():
        is_below = any(place.code in one.above and one.code != place.code for one in places)
        if is_below and reading.plain.startswith(name, end):
            return end + len(name)
    match = re.compile(rf"{_SHORT}{{1,3}}[区乡镇市]").match(reading.plain, end)
    return match.end() if match and not _NO_BELOW.search(match[0]) else None


def _districts(reading):
    """Districts of Hong Kong, as one text where they follow each other."""
    district = rf"{_SHORT}{{2,3}}区(?:{_SHORT}{{2,3}}(?=的|,|，|一))?"
    pattern = re.compile(rf"(?:位于|在|于|位於|设于)(?P<all>{district}(?:、{district})*)")
    match = pattern.search(reading.plain, reading.start, reading.end)
    if not match:
        match = re.compile(rf"(?P<all>{_SHORT}{{2,3}}区)(?!总)").search(reading.plain, reading.start, reading.end)
    if not match or "警" in match["all"]:
        return []
    start, end = match.span("all")
    return [Fact("admin2_name_local", reading.text.original[start:end], start, end, Certainty.INFERRED)]


def _named(reading):
    """(place, start, end) of every name of the record in the text, the longest at each place."""
    names, at = reading.gazetteer.chinese, reading.start
    while at < reading.end:
        step = 1
        for length in range(min(_MOST_CHARACTERS, reading.end - at), 1, -1):
            name = reading.plain[at : at + length]
            if (places := names.get(name)) and _stands(reading, name, places, at):
                here = [place for place in places if place.country in ("CN", "TW", "HK", "MO")] or places
                here = [one for one in here if one.name_zh.endswith(name[-1])] or here
                yield from ((place, at, at + length) for place in here[:1])
                step = length
                break
        at += step


def _stands(reading, name, places, at):
    """Whether a short name is the place: 大同 is a city, but no part of 大同小异; 南方 is none."""
    if name[-1] in "省市县区州盟旗":
        return True
    after = reading.plain[at + len(name) : at + len(name) + 2]
    before = reading.plain[max(0, at - 2) : at]
    own = [place for place in places if place.country in ("CN", "TW", "HK", "MO")]
    if not own:
        is_large = any(place.level in ("country", "admin1") for place in places)
        return is_large and (len(name) > 2 or bool(re.match("[州省府市警]", after)))
    if any(place.level == "country" for place in own) or len(name) > 2:
        return True
    return bool(
        re.match(r"供电|电力|警方|公安|市|省|地|电网|检方|法院|警|海关|网警|本地|一[家名处]|某|境内|多地", after)
        or re.search(r"国网|网|在|于|[。，,\n]|^\Z|至|从|赴", before)
    )


def _country(reading, named):
    votes = Counter()
    for place, _start, _end in named:
        votes[place.country] += 2
    whole = reading.preamble + reading.plain[reading.start : reading.end]
    for word, country in _COUNTRIES.items():
        if word in whole:
            votes[country] += 2
    return votes.most_common(1)[0][0] if votes else "CN"


# Bodies

_ENDS = (
    "公安局|公安厅|公安分局|分局|公安机关|派出所|公安处|警察局|警察局分局|警区|警署|刑警大队|刑侦大队|刑事警察局|侦查大队|供电公司|供电局|供电所|供电部门|供电分公司"
    "|电力公司|电力局|电业局|电网公司|发展和改革委员会|发展改革委|发展和改革局|发展改革局|发改委|发改局|经济和信息化局|经济和信息化委员会|工业和信息化局|工信局|工信厅|经信局|网信办"
    "|互联网信息办公室|通信管理局|市场监督管理局|市场监管局|市场监督管理所|市场监管所|综合行政执法局|综合执法局|执法支队|执法大队|文化执法支队|检察院|保卫部门|保卫处|保卫部|海关"
    "|经济发展局|能源局|科技局|税务局|消防救援大队|消防大队|消防局|应急管理局|管委会|商务局|生态环境局|农业农村局|金融办|金融监管局|纪委监委|纪委|监委|海巡署|调查局|调查站|警察局刑警大队"
)
_BREAK = (
    r"(?:由|会同|联合|协同|协助|配合|在|向|经(?!济|信|开|贸)|与|和(?!平|县|田|林|龙|政)|及|并|据|被|根据|对|将(?!乐)|移交|通知|随同|带领|报告|报(?!业)"
    r"|从(?!化|江)|至|到|按|随后|随即|后|以及|为|称|组织|请|派(?!出)|接|获(?!嘉)|因|同(?!江|仁|心|德)|牵头|日(?!照|喀|土)|月|时|上午|下午|凌晨|晚|消息|通报|近日|日前"
    r"|今年|今天|昨日|昨天|期间|当地|民警|人员)"
)
_BODY = re.compile(
    rf"(?P<name>[^，,。；;：:、！!？?\s\"“”「」()（）【】]{{0,26}}?(?:{_ENDS})(?:{_NAME}{{0,5}}(?:分局|支队|大队|派出所|中队|供电所))?)"
)
_GRID = re.compile(
    r"(?P<name>国网[一-鿿]{2,8}?(?:供电公司|电力公司|电力|供电)|南方电网[一-鿿]{0,6}?(?:供电局|公司)|南方电网|国家电网|台电(?:公司)?|中电|港灯)"
)
_POLICE = re.compile(rf"(?P<name>(?:{_NAME}{{1,5}}[市县区])警方)")
_IN_A_LIST = re.compile(
    r"(?<=、)(?P<name>公安|网信|供电部门|供电|市场监管|工信|应急)(?=、|和|及|等|部门)|(?<=[、和])(?P<police>警方)(?=[、和])"
)
_NOT_AFTER = re.compile(r"(?:查获的|统计|判决|判处|一审|公诉|提起公诉)")


def agencies_in(reading):
    plain, found = reading.plain, []

    def take(start, end, certainty=Certainty.CERTAIN):
        if end - start > 1 and not any(one[0] < end and start < one[1] for one in found):
            found.append((start, end, certainty))

    for pattern in (_GRID, _BODY, _POLICE, _IN_A_LIST):
        for match in pattern.finditer(plain, reading.start, reading.end):
            start, end = match.span(match.lastgroup)
            if pattern is _BODY:
                start = _begins(plain, start, end)
            name = plain[start:end]
            if re.search("法院", name) or re.match(r"(?:[各该某本]|有关|相关|多个)", name) or name in ("分局", "海关"):
                continue
            take(start, end, Certainty.CERTAIN if len(name) > 5 else Certainty.INFERRED)
    utility_named = any(
        re.search("供电(?:分?公司|局|所)|电力|国网|电网", plain[start:end]) for start, end, _sure in found
    )
    facts, seen = [], []
    for start, end, certainty in sorted(found):
        name = plain[start:end]
        if name == "供电部门" and (utility_named or plain[start - 1 : start] == "经"):
            continue  # that a figure was checked by it makes no part of the raid
        if any(name in other or (other in name and len(other) > 3) for other in seen):
            continue
        seen.append(name)
        facts.append(Fact("agencies", reading.text.original[start:end], start, end, certainty))
    return facts


def _begins(plain, start, end):
    """Where the name of a body begins: after the last word that cannot be part of it."""
    name = plain[start:end]
    last = max((match.end() for match in re.finditer(_BREAK, name) if match.end() < len(name) - 1), default=0)
    # 和 and 会 are also parts of names: 发展和改革委员会.
    for whole in ("发展和改革", "经济和信息化", "工业和信息化"):
        if whole in name:
            head = name[: name.index(whole)]
            last = max((match.end() for match in re.finditer(_BREAK, head)), default=0)
    return start + last


# Provisions

_ARTICLE = r"第?(?P<article>\d+|[一二三四五六七八九十百]+)[条條](?:之(?P<of>\d+))?(?:第(?P<paragraph>\d+|[一二三四五六七八九十]+)[项款])?(?:第(?P<item>\d+|[一二三四五六七八九十]+)[项款])?"
_TITLED = re.compile(rf"《(?P<title>[^》]{{2,40}})》(?:{_ARTICLE})?")
_CRIMINAL_CODE = re.compile(rf"(?<!《)刑法{_ARTICLE}")


def provisions_in(reading):
    facts = []
    for match in _TITLED.finditer(reading.plain, reading.start, reading.end):
        title = match["title"].removeprefix("中华人民共和国")
        for known in reading.gazetteer.provisions:
            if known.country == reading.country and any(title in one for one in known.titles):
                facts.append(Fact("legal_basis", known.text, *match.span()))
                break
    if reading.country == "TW":
        for match in _CRIMINAL_CODE.finditer(reading.plain, reading.start, reading.end):
            ends = "".join(f"({match[name]})" for name in ("paragraph", "item") if match[name])
            facts.append(Fact("legal_basis", f"Criminal Code of Taiwan art. {match['article']}{ends}", *match.span()))
    return facts
