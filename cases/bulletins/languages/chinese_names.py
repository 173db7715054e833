"""Names in Chinese bulletins: places, bodies, provisions. All in simplified characters, as `BulletinText.plain` has them."""

import re
from collections import Counter

from regions.grammar.language import simplified

from ..facts import Certainty, Fact

# Places

_NAME = "[一-鿿]"
_SHORT = r"[^\W\d_省市区县盟旗镇乡村]"
# A city and the district or county of it that stands right behind: 唐山市开平区.
_BELOW = re.compile(rf"(?:[镇乡]?{_SHORT}{{1,6}}?(?:新区|自治县|区|县|市|旗))(?!域|块|间|内|别|分|级)")
_SEVERAL_BELOW = re.compile(rf"{_SHORT}{{2,3}}(?:、{_SHORT}{{2,3}})+等[两三四五六七八九十\d]{{0,2}}个?[区县乡镇]")
_BELOW_LOOSE = re.compile(rf"{_SHORT}{{1,5}}?(?:区|县|市)")
_NO_BELOW = re.compile(r"公安|[供国]电|电力|通报|在|对|一|的|某|工业|开发|小区|辖|地|油|矿|社|厂|园|校|街")
# A town that stands apart from its county: 高雄市警局…前往燕巢區.
_TOWN_ALONE = re.compile(rf"(?:前往|赴|位于|在|于|至|[,。:;])(?P<town>{_SHORT}{{2}}[区乡镇])(?!公所|[营分]|处)")
_OF_A_BODY = re.compile("公安|发改|发展|网信|经信|工信|人民|市场|供电|检察|法院|分局|纪委|局|住建|税务|综合|城管|应急")
_MOST_CHARACTERS = 9
_COUNTRIES = {"香港": "HK", "深水埗": "HK", "观塘": "HK", "旺角": "HK", "尖沙咀": "HK", "葵涌": "HK", "荃湾": "HK", "屯门": "HK", "元朗": "HK", "沙田": "HK", "将军澳": "HK", "台湾": "TW", "台电": "TW", "新台币": "TW", "港元": "HK", "港币": "HK", "令吉": "MY", "林吉特": "MY", "马来西亚": "MY",
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
    plain, found, apart = reading.plain, [], []
    county = next((one for one in mine if one[0].level == "county"), None)
    named_at = {start: [(place, start, end)] for place, start, end in mine if place.level in ("county", "admin3")}
    for place, start, end in mine:
        if place.level == "county":
            continue
        is_city = place.level == "admin2" or plain[end - 1] in "市县" or (country == "TW" and place.level == "admin1")
        if not is_city:
            continue
        is_whole = _is_whole(place, plain[start:end])
        if several := _SEVERAL_BELOW.match(plain, end, reading.end):
            found.append((2, start, several.end()))
            continue
        below = _BELOW.match(plain, end) if place.level in ("admin1", "admin2") and country == "CN" else None
        known = next((one for one in named_at.get(end, ()) if one[0].code.startswith(place.code[:5])), None)
        if known and country == "CN" and place.level in ("admin1", "admin2"):
            found.append((2 if is_whole else 0.9, start, known[2]))
        elif below and not _NO_BELOW.search(below[0]) and below.end() <= reading.end:
            found.append((2 if is_whole else 0.9, start, below.end()))
        elif country == "TW" and (town := _town(reading, place, end)):
            found.append((2, start, town))
        elif country == "TW" and (town := _TOWN_ALONE.search(plain, reading.start, reading.end)):
            apart.append((plain[start:end], town))
            found.append((int(is_whole), start, end))
        else:
            found.append((int(is_whole), start, end))
    if not found and county:
        return Fact("admin2_name_local", county[0].name_zh, *county[1:], Certainty.INFERRED)
    if not found and country == "CN":  # a county that the record does not know, behind its province
        for _place, _start, end in mine:
            if (below := _BELOW.match(plain, end, reading.end)) and not _NO_BELOW.search(below[0]):
                return Fact(
                    "admin2_name_local", reading.text.original[end : below.end()], *below.span(), Certainty.INFERRED
                )
    if not found:
        return None
    _rank, start, end = max(found, key=lambda one: (one[0], -one[1]))
    # A city by its short name, and elsewhere one of its counties.
    if county and _rank == 0 and not _OF_A_BODY.match(plain, county[2]):
        city = reading.gazetteer.places[county[0].code]
        return Fact("admin2_name_local", city.name_zh + county[0].name_zh, *county[1:], Certainty.INFERRED)
    words = reading.text.original[start:end]
    if apart and _rank < 2:
        town = apart[0][1].span("town")
        return Fact("admin2_name_local", words + reading.text.original[slice(*town)], *town, Certainty.INFERRED)
    place = next((place for place, *where in mine if where == [start, end]), None)
    if place and country == "CN" and not _is_whole(place, words):
        return Fact("admin2_name_local", place.name_zh, start, end, Certainty.INFERRED)
    # Sure is only what stands whole, is no part of the name of a body, and of which no other place is named beside it.
    spans = {(one[1], one[2]) for one in mine if one[0].level != "admin1"}
    others = [span for span in spans if plain[slice(*span)] not in plain[start:end]]
    below_another = _rank < 2 and re.search(
        rf"{_SHORT}{{1,3}}(?:区|县|分局|镇|乡)(?!域|块|间|内|别|分|级)", plain[reading.start : reading.end]
    )
    is_known = place or any(span[1] == end for span in spans)
    is_sure = is_known and not others and not below_another and not _OF_A_BODY.match(plain, end)
    return Fact("admin2_name_local", words, start, end, Certainty.CERTAIN if is_sure else Certainty.INFERRED)


def _is_whole(place, name):
    """Whether a name has its ending: 泰州 is 泰州市 without it, though it ends as a prefecture does."""
    whole = simplified(place.name_zh)
    return name[-1] in "市县区州盟旗" and not (whole.startswith(name) and whole != name)


def _town(reading, place, end):
    """Where a town of the record, or a word that ends as a town does, stands right behind its county."""
    for name, places in reading.gazetteer.chinese.items():
        is_below = any(place.code in one.above and one.code != place.code for one in places)
        if is_below and reading.plain.startswith(name, end):
            return end + len(name)
    match = re.compile(rf"{_SHORT}{{1,3}}[区乡镇市]").match(reading.plain, end)
    return match.end() if match and not _NO_BELOW.search(match[0]) else None


_DISTRICTS_OF_HK = "(?:中西|湾仔|东|南|油尖旺|深水埗|九龙城|黄大仙|观塘|葵青|荃湾|屯门|元朗|北|大埔|沙田|西贡|离岛)区"


def _districts(reading):
    """Districts of Hong Kong, as one text where they follow each other."""
    district = rf"{_DISTRICTS_OF_HK}(?:{_SHORT}{{2,3}}(?=的|,|一))?"
    pattern = re.compile(rf"(?P<all>{district}(?:、{district})*)(?!警)")
    match = pattern.search(reading.plain, reading.start, reading.end)
    if not match:
        return []
    start, end = match.span("all")
    return [Fact("admin2_name_local", reading.text.original[start:end], start, end, Certainty.INFERRED)]


def _named(reading):
    """(place, start, end) of every name of the record in the text, the longest at each place."""
    names, at, last = reading.gazetteer.chinese, reading.start, -1
    while at < reading.end:
        step = 1
        for length in range(min(_MOST_CHARACTERS, reading.end - at), 1, -1):
            name = reading.plain[at : at + length]
            if (places := names.get(name)) and (at == last or _stands(reading, name, places, at)):
                here = [place for place in places if place.country in ("CN", "TW", "HK", "MO")] or places
                here = [one for one in here if one.name_zh.endswith(name[-1])] or here
                yield from ((place, at, at + length) for place in here[:1])
                step, last = length, at + length
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
        or re.search(r"国网|网|在|于|[。,\n]|^\Z|至|从|赴", before)
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
    "公安局|公安厅|公安部门|公安分局|分局|公安机关|派出所|公安处|警察局|警察局分局|警局|警区|警署|刑警大队|刑侦大队|刑大|刑警队|刑事警察局|刑事局|侦查大队|警察总队|经侦[支大]队|网安[支大]队"
    "|供电公司|供电局|供电所|供电部门|供电分公司|电力公司|电力局|电业局|电网公司|电力部门|供电中心|电力集团|供电站|营业处"
    "|发展和改革委员会|发展改革委员会|发展改革委|发展和改革局|发展改革局|发展和改革部门|发改部门|发改委|发改局|经济发展局|经发局|经济发展和信息化局|经济商务和信息化局|经济商务局|经济和科技局|科技和工业信息化局|科工信局|经济和信息化局|经济和信息化委员会|经信委|经信局|经信厅|工业和信息化局|工业和信息化厅|工业和信息化委员会"
    "|工信委|工信局|工信厅|工信部门|网信办|网信部门|互联网信息办公室|通信管理局|通管局|市场监督管理局|市场监管局|市场监督管理所|市场监管所|市场监管部门|综合行政执法局|综合行政执法队|综合行政执法大队|综合执法局|综合执法队|综合执法大队|城管局|城管委|执法支队|执法大队|文化执法支队"
    "|文化市场综合执法队|文旅局|文化和旅游局|检察院|地检署|保卫部门|保卫处|保卫部|海关|缉私局|缉私分局|边检站|能源局|科技创新局|科技局|科学技术局|大数据局|大数据管理局|数据局|税务局|国税局|消防救援大队|消防救援支队|消防救援站|消防救援局|消防大队|消防局|消防处|消防队|消防部门|应急管理局|应急局"
    "|安全办|安监办|街道办|街道办事处|管委会|商务局|生态环境局|农业农村局|水利局|水务局|自然资源局|住建局|统计局|国资委|教育局|教育厅|机关事务管理局|审计局|审计厅|审计署|金融办|金融局|金融监管局|纪委监委|纪委|监委|海巡署|海巡队|水警|调查局|调查处|调查站|廉政公署|警察局刑警大队|烟草专卖局"
)
_BREAK = (
    r"(?:(?<!自)由(?!检)|侦办|查办|其中|此前|先前|源于|源自|来自|来源于|早前|目前|[一二三两多数]?[名位人]系|系|所属|辖区|该[局所院]|属地|下属|辖下|隶属|按照|依照|遵照|该系统|会同|联合|协同|协助|配合|在|向|经(?!济|信|开|贸|发|侦)|与|和(?!平|县|田|林|龙|政|区|浩|分局)|及|并|据|被|根据|对|将(?!乐)|移交|移送|通知|随同|带领|报告|报(?!业)"
    r"|从(?!化|江)|至|到|按|随后|随即|后|以及|为|称|组织|请|派(?!出)|接|获(?!嘉)|因|同(?!江|仁|心|德)|牵头|日(?!照|喀|土)|月|时|上午|下午|凌晨|晚|消息|通报|近日|日前"
    r"|今年|今天|昨日|昨天|期间|当地|民警|人员)"
)
_BODY = re.compile(
    rf"(?P<name>[^,。;:、!?\s\"“”「」()（）【】]{{0,26}}?(?:{_ENDS})(?:(?:(?![与及]|和(?!平|县|田|林|龙|政|区|浩|分)|会同|联合){_NAME}){{0,5}}?(?:分局|支队|大队|派出所|中队|供电所|缉私局|缉私分局|侦[一二三四五六七八九十]队)){{0,2}})"
)
_GRID = re.compile(
    r"(?P<name>国网[一-鿿]{2,8}?(?:供电公司|电力公司|供电中心|供电所|电力|供电)|南方电网[一-鿿]{0,6}?(?:供电局|公司)|南方电网|国家电网|(?<![\d一二三四五六七八九十百千万余多几])台电(?:公司)?(?:[一-鿿]{2,3}区(?:营业)?处)?(?![脑表源机扇瓶缆热动器视子])|中电|港灯)"
)
_POLICE = re.compile("(?P<name>警方)")
_SHORT_BODY = "(?:公安|网信|供电部门|供电|电力|市场监管|工信|经信|应急|消防|综合执法|城管|发改)"
# Bodies by one word, where they stand in a row: 组织供电、公安等部门.
_IN_A_LIST = re.compile(
    rf"(?<=、)(?P<name>{_SHORT_BODY})(?=、|和|及|与|等|部门|联合|[两三四五六][家个部])|(?<=[、和])(?P<police>警方)(?=[、和])"
    rf"|(?:(?<=组织)|(?<=会同)|(?<=联合)|(?<=协调)|(?<=牵头)|(?<=[,。:]))(?P<first>{_SHORT_BODY})(?=、)"
)
# A body whose notice is followed, or that only hears of it, is no part of the raid.
_ORDER_BEFORE = re.compile(r"(?:按照?|依照|遵照|根据|落实|贯彻)[^,。;]{0,12}\Z")
_ORDER_AFTER = re.compile(r"[^,。;]{0,12}?(?:通知|要求|部署|安排|文件|工作方案|指令|会议|下发|印发)")
_ONLY_TOLD_BEFORE = re.compile(r"(?:报送|上报|汇报|冒充|假冒|涉及|感谢|绕[开过]|脱离|接入)\Z")
_ONLY_TOLD_AFTER = re.compile(
    r"(?:所属|下属|辖下|报道|(?:特别|再次|郑重)?(?:提示[,:]|提醒|呼吁|警示)|(?<=台电)(?:初步)?(?:统计|估算|测算|核算|估计|初估)|官网|官微|微信公众号|外包|承包|(?:集中)?(?:发布|公布|通报)[^,。;]{0,14}(?:典型)?案例|职工|员工|干部|工作人员内外勾结|损失)"
)


# Bodies that more often judge a raid, or tell of it, than take part.
_SELDOM_THERE = re.compile("检察|检署|法院|纪委|监委|纪检|保卫|审计|国资委|[省部]|委员会$|管委会")
_TELLS_OR_JUDGES = re.compile(r"[^,。;]{0,12}?(?:通报|消息|发布|公布|提起公诉|起诉|批准|审查|介绍|[召表]|移送|获悉)")
_FOUND = re.compile(
    "查获|查处|查扣|查封|发现|侦破|破获|捣毁|缴获|起获|扣押|收缴|抓获|拘捕|检查|巡查|排查|突击|突袭|搜查|搜索|检获|取缔|端掉|打掉|清查|查明|识破"
    "|赶[到赴]|上门|核[查实]|监测|出动|行动|前往|进入|会同|联合|断电|稽查"
)
_NAMES_WITH_AND = re.compile("发展和改革|经济(?:商务|贸易)?和(?:信息化|科技)|(?:工业|科技)和(?:工业)?信息化|文化和旅游")
# Who tells of what others of its kind did: 国网某省电力8月10日消息.
_TELLS = re.compile(
    r"(?:\d{1,2}月\d{1,2}日|日前|近日|今日|昨日)?(?:消息|发布消息|通报消息|在?[^,。;]{0,8}(?:网站|官网|公众号|微信)[^,。;]{0,4}(?:发布|公布|通报|消息))[::,]?"
)


def _kind(name):
    """What a utility or an office of development is, whatever its name is in full; empty of other bodies."""
    if re.match("国网|南方电网|国家电网", name):
        return "grid"
    office = re.search("(发展?和?改革?|网信|经济?和?信息?化?|工业?和?信息?化?)(?:办公室|委员会|[委局办厅])$", name)
    return office[1][0] if office else ""


def agencies_in(reading):
    plain, found = reading.plain, []
    for pattern in (_GRID, _BODY, _POLICE, _IN_A_LIST):
        for match in pattern.finditer(plain, reading.start, reading.end):
            start, end = match.span(match.lastgroup)
            if pattern is _BODY:
                start = _begins(reading, start, end)
            elif pattern is _POLICE:
                start = _place_begins(reading, end - len("警方"))
            name = plain[start:end]
            overlaps = any(one[0] < end and start < one[1] for one in found)
            if overlaps or end - start < 2 or name == "警方" or _is_none(plain, start, end):
                continue
            found.append((start, end))
    for start, end in _known_by_the_record(reading):
        if not any(one[0] < end and start < one[1] for one in found) and not _is_none(plain, start, end):
            found.append((start, end))
    names = [plain[start:end] for start, end in found]
    utility_named = any(re.search("供电(?:分?公司|局|所)|电力|国网|电网", name) for name in names)
    police_named = any("公安" in name or "警" in name for name in names if not name.endswith("警方"))
    kinds = Counter(_kind(plain[start:end]) for start, end in found)
    facts, seen = [], []
    for start, end in sorted(found):
        name = plain[start:end]
        if _kind(name) and kinds[_kind(name)] > 1 and _TELLS.match(plain, end):
            continue
        if name in ("供电部门", "电力部门") and (utility_named or plain[start - 1 : start] == "经"):
            continue  # that a figure was checked by it makes no part of the raid
        if name.endswith("警方") and police_named:
            continue  # the police of a city, beside the bureau of them that was there
        if name.endswith("部门") and any(name[:-1] in other for other in names if other != name):
            continue
        if any(name in other or (other in name and len(other) > 3) for other in seen):
            continue
        seen.append(name)
        certainty = Certainty.CERTAIN if _is_sure(reading, start, end) else Certainty.INFERRED
        facts.append(Fact("agencies", reading.text.original[start:end], start, end, certainty))
    return facts


def _is_sure(reading, start, end):
    """Whether a body is named in full, and its own clause says what it did; a text that only comes from it does not."""
    name = reading.plain[start:end]
    is_whole = len(name) > 5 and (name.startswith(("国网", "南方电网")) or _starts_with_place(reading, name))
    if (
        not is_whole
        or name.endswith("部门")
        or _SELDOM_THERE.search(name)
        or _TELLS_OR_JUDGES.match(reading.plain, end)
    ):
        return False
    before, _clause, after = reading.context(start, end)
    return bool(_FOUND.search(after)) and not _FOUND.search(before)


def _known_by_the_record(reading):
    """Where the text has a name, or an alias that an office uses, of a body of the record, the longest first."""
    own = reading.plain[reading.start : reading.end]
    bodies = (body for body in reading.gazetteer.agencies if body.region[:2] in ("", reading.country))
    names = {simplified(name) for body in bodies for name in body.names if not name.isascii() and len(name) > 2}
    for name in sorted((name for name in names if name in own), key=len, reverse=True):
        for match in re.finditer(re.escape(name), own):
            yield reading.start + match.start(), reading.start + match.end()


def _is_none(plain, start, end):
    """Whether a name is that of no body, or of one that was no part of the raid."""
    name = plain[start:end]
    return bool(
        name in ("分局", "海关", "电力", "管委会")
        or (name == "公安局" and plain[start - 1 : start] != "、")
        or (name.startswith("台电") and plain[start - 1 : start] == "据")
        or "法院" in name
        or re.match("[各该某本]|有关|相关|多个|多部门|偷|窃|盗|用|耗|违", name)
        or (_ORDER_AFTER.match(plain, end) and _ORDER_BEFORE.search(plain, max(0, start - 24), start))
        or (re.search("移[送交]\\Z", plain[:start][-2:]) and (end - start < 6 or re.search("检", name)))
        or _ONLY_TOLD_BEFORE.search(plain, max(0, start - 6), start)
        or _ONLY_TOLD_AFTER.match(plain, end)
    )


def _place_begins(reading, end):
    """Where the name of the place, or places of which each is in the one before it, begins that ends at `end`."""
    begins = end
    while True:
        for length in range(_MOST_CHARACTERS, 1, -1):
            at = begins - length
            if at >= reading.start and (
                reading.plain[at:begins] in reading.gazetteer.chinese
                or re.fullmatch(rf"{_SHORT}{{1,4}}[市县区]", reading.plain[at:begins])
            ):
                break
        else:
            return begins
        begins = at


def _starts_with_place(reading, name):
    return any(name[:length] in reading.gazetteer.chinese for length in range(2, _MOST_CHARACTERS + 1))


def _begins(reading, start, end):
    """Where the name of a body begins: after the last word that cannot be part of it, 和 of 呼和浩特 left aside."""
    name = reading.plain[start:end]
    name = _NAMES_WITH_AND.sub(lambda match: "×" * len(match[0]), name)
    for match in re.finditer(_BREAK, name):
        for at in range(max(0, match.start() - _MOST_CHARACTERS), match.start() + 1):
            for until in range(match.end(), min(at + _MOST_CHARACTERS, len(name)) + 1):
                if until - at > 1 and name[at:until] in reading.gazetteer.chinese:
                    name = name[:at] + "×" * (until - at) + name[until:]
    return start + max((match.end() for match in re.finditer(_BREAK, name) if match.end() < len(name) - 1), default=0)


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
