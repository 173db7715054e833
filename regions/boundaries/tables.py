"""What the sources do not know or have wrong: codes, names, currencies, each a small table."""

import re

CHINA_PROVINCES = {
    "11": ("CN-BJ", "Beijing"), "12": ("CN-TJ", "Tianjin"), "13": ("CN-HE", "Hebei"), "14": ("CN-SX", "Shanxi"),
    "15": ("CN-NM", "Inner Mongolia"), "21": ("CN-LN", "Liaoning"), "22": ("CN-JL", "Jilin"),
    "23": ("CN-HL", "Heilongjiang"), "31": ("CN-SH", "Shanghai"), "32": ("CN-JS", "Jiangsu"),
    "33": ("CN-ZJ", "Zhejiang"), "34": ("CN-AH", "Anhui"), "35": ("CN-FJ", "Fujian"), "36": ("CN-JX", "Jiangxi"),
    "37": ("CN-SD", "Shandong"), "41": ("CN-HA", "Henan"), "42": ("CN-HB", "Hubei"), "43": ("CN-HN", "Hunan"),
    "44": ("CN-GD", "Guangdong"), "45": ("CN-GX", "Guangxi"), "46": ("CN-HI", "Hainan"),
    "50": ("CN-CQ", "Chongqing"), "51": ("CN-SC", "Sichuan"), "52": ("CN-GZ", "Guizhou"), "53": ("CN-YN", "Yunnan"),
    "54": ("CN-XZ", "Tibet"), "61": ("CN-SN", "Shaanxi"), "62": ("CN-GS", "Gansu"), "63": ("CN-QH", "Qinghai"),
    "64": ("CN-NX", "Ningxia"), "65": ("CN-XJ", "Xinjiang"),
}  # fmt: skip

MUNICIPALITIES = {"11", "12", "31", "50"}

# Entries of ISO 3166-1 that the China package draws; they are no children of CN here.
CHINA_DRAWS = {"71": "TW", "81": "HK", "82": "MO"}

# Romanisation of the Chinese characters is not the English name of these.
ENGLISH_OF_ADCODE = dict(
    line.split(" ", 1)
    for line in """
150100 Hohhot;150600 Ordos;150700 Hulunbuir;150800 Bayannur;150900 Ulanqab;152200 Hinggan;152500 Xilingol;152900 Alxa
230100 Harbin;230200 Qiqihar;230800 Jiamusi;232700 Daxing'anling;429021 Shennongjia
513200 Ngawa;513300 Garze;513400 Liangshan;533400 Deqen
540100 Lhasa;540200 Shigatse;540300 Qamdo;540400 Nyingchi;540500 Shannan;540600 Nagqu;542500 Ngari
632600 Golog;632700 Yushu;650100 Urumqi;650200 Karamay;650400 Turpan;650500 Hami;652300 Changji;652700 Bortala
652800 Bayingolin;652900 Aksu;653000 Kizilsu;653100 Kashgar;653200 Hotan;654000 Ili;654200 Tacheng;654300 Altay
659002 Aral;659003 Tumxuk;659008 Kokdala;141100 Lüliang;140400 Changzhi;211300 Chaoyang;411100 Luohe
""".replace("\n", ";")
    .strip(";")
    .split(";")
)

PEOPLES = [
    "蒙古族",
    "藏族",
    "羌族",
    "彝族",
    "回族",
    "傣族",
    "景颇族",
    "傈僳族",
    "白族",
    "哈尼族",
    "壮族",
    "苗族",
    "布依族",
    "侗族",
    "土家族",
    "黎族",
    "朝鲜族",
    "哈萨克",
    "蒙古",
    "柯尔克孜",
]

# Counties the record names: adcode, English name. Everything else comes from the China package.
RECORD_COUNTIES = dict(
    line.split(" ", 1)
    for line in """
110105 Chaoyang District;130204 Guye District;130205 Kaiping District;230102 Daoli District;231282 Zhaodong
310120 Fengxian District;320206 Huishan District;320508 Gusu District;321311 Suyu District;330381 Rui'an
330502 Wuxing District;340522 Hanshan County;370781 Qingzhou;410411 Zhanhe District;420102 Jiang'an District
431024 Jiahe County;441423 Fengshun County;441802 Qingcheng District;445222 Jiexi County;450105 Jiangnan District
500116 Jiangjin District;513228 Heishui County;513301 Kangding;520102 Nanming District;533123 Yingjiang County
611021 Luonan County
""".replace("\n", ";")
    .strip(";")
    .split(";")
)

# Places outside China that the record names below admin1. The Chinese name is given where it is established.
RECORD_PLACES = """
AO-LUA-belas|Belas|贝拉斯|-9.05|13.1
AO-LUA-cacuaco|Cacuaco|卡夸科|-8.78|13.37
AO-LUA-viana|Viana|维亚纳|-8.9|13.37
AO-icolo-e-bengo|Icolo e Bengo|伊科洛-本戈省|-9.02|13.8
AO-icolo-e-bengo-sequele|Sequele|塞克莱|-8.887|13.49
AR-B-la-plata|La Plata|拉普拉塔|-34.88|-57.9
AR-M-las-heras|Las Heras|拉斯埃拉斯|-32.82|-70.07
BG-23-bozhurishte|Bozhurishte|博茹里什特|42.812|23.115
BR-AL-porto-real-do-colegio|Porto Real do Colegio|波尔图雷亚尔杜科莱吉奥|-10.185|-36.836
BR-RJ-campos-dos-goytacazes|Campos dos Goytacazes|坎普斯-杜斯戈伊塔卡济斯|-21.7|-41.32
DE-SN-vogtlandkreis|Vogtlandkreis|福格特兰县|50.36|12.47
ES-A-crevillent|Crevillent|克雷维连特|38.25|-0.81
ES-AL-viator|Viator|维亚托尔|36.89|-2.427
ES-B-ripollet|Ripollet|里波列特|41.5|2.16
ES-B-sant-esteve-sesrovires|Sant Esteve Sesrovires|圣埃斯特韦塞斯罗维雷斯|41.49|1.87
ES-CS-alcora|L'Alcora|阿尔科拉|40.07|-0.21
ES-SE-santiponce|Santiponce|桑蒂庞塞|37.437|-6.041
ES-TO-yeles|Yeles|耶莱斯|40.122|-3.802
GE-AB-gulripshi|Gulripshi|古尔里普希|42.87|41.12
GE-AB-ochamchira|Ochamchira|奥恰姆奇拉|42.7123|41.4686
GE-AB-tkvarcheli|Tkvarcheli|特克瓦尔切利|42.86|41.77
GE-SZ-mestia|Mestia|梅斯蒂亚|43.045|42.729
ID-JB-depok|Depok|德波|-6.37|106.86
ID-SU-medan|Medan|棉兰|3.57|98.625
IR-00-arak|Arak|阿拉克|34.09|49.69
IR-01-rudbar|Rudbar|鲁德巴尔|36.75|49.41
IR-03-tabriz|Tabriz|大不里士|38.08|46.29
IR-06-ahvaz|Ahvaz|阿瓦士|31.32|48.67
IR-15-dorud|Dorud|多鲁德|33.49|49.06
IR-19-zanjan|Zanjan|赞詹|36.676|48.496
IR-23-pakdasht|Pakdasht|帕克达什特|35.48|51.68
IR-29-birjand|Birjand|比尔詹德|32.866|59.22
IR-29-zirkuh|Zirkuh|济尔库赫县|33.46|59.99
IT-RM-rome|Rome|罗马|41.79|12.43
KG-C-ysyk-ata|Ysyk-Ata|伊塞克阿塔区|42.84|74.79
KR-45-wanju|Wanju|完州郡|35.84|127.06
KW-AH-al-wafrah|Al Wafrah|沃夫拉|28.639|47.931
KW-AH-sabah-al-ahmad|Sabah Al-Ahmad|萨巴赫艾哈迈德|28.78|48.05
KZ-15-aktobe|Aktobe|阿克托别|50.28|57.17
KZ-35-karaganda|Karaganda|卡拉干达|49.9|73.2
KZ-61-shardara|Shardara|沙尔达拉|41.26|67.97
LY-MB-zliten|Zliten|兹利坦|32.4674|14.5687
MY-01-johor-bahru|Johor Bahru|新山|1.425|103.65
MY-02-kota-setar|Kota Setar|哥打士打|6.121|100.369
MY-02-kuala-muda|Kuala Muda|瓜拉姆达|5.647|100.488
MY-04-melaka-tengah|Melaka Tengah|马六甲中央|2.27|102.31
MY-05-seremban|Seremban|芙蓉|2.69|101.915
MY-06-kuantan|Kuantan|关丹|3.8077|103.326
MY-07-seberang-perai-selatan|Seberang Perai Selatan|威省南|5.166|100.478
MY-07-seberang-perai-tengah|Seberang Perai Tengah|威省中|5.34|100.45
MY-07-timur-laut|Timur Laut|槟岛东北|5.4|100.32
MY-08-larut-matang-dan-selama|Larut, Matang dan Selama|拉律马登及司南马|4.85|100.7333
MY-08-manjung|Manjung|曼绒|4.21|100.66
MY-08-perak-tengah|Perak Tengah|中霹雳|4.362|100.97
MY-10-gombak|Gombak|鹅唛|3.32|101.57
MY-10-klang|Klang|巴生|3.003|101.418
MY-10-kuala-selangor|Kuala Selangor|瓜拉雪兰莪|3.23|101.43
MY-10-petaling|Petaling|八打灵|3.014|101.672
MY-10-sepang|Sepang|雪邦|2.837|101.487
MY-13-bintulu|Bintulu|民都鲁|3.19|113.06
MY-13-kuching|Kuching|古晋|1.513|110.369
MY-13-miri|Miri|美里|4.3995|113.9914
MY-13-samarahan|Samarahan|三马拉汉|1.459|110.456
MY-13-sibu|Sibu|诗巫|2.295|111.829
PY-10-ciudad-del-este|Ciudad del Este|东方市|-25.51|-54.68
PY-10-hernandarias|Hernandarias|埃尔南达里亚斯|-25.406|-54.64
PY-10-minga-guazu|Minga Guazu|明加瓜苏|-25.49|-54.8
PY-11-lambare|Lambare|兰巴雷|-25.3468|-57.6064
PY-11-villeta|Villeta|比列塔|-25.509|-57.56
PY-13-pedro-juan-caballero|Pedro Juan Caballero|佩德罗胡安卡瓦列罗|-22.5473|-55.7334
PY-14-nueva-esperanza|Nueva Esperanza|新埃斯佩兰萨|-24.52|-54.86
PY-14-salto-del-guaira|Salto del Guaira|萨尔托德尔瓜伊拉|-24.062|-54.306
PY-5-caaguazu|Caaguazu|卡瓜苏|-25.47|-56.02
PY-5-mariscal-lopez|Mariscal Lopez|马里斯卡尔洛佩斯|-25.2|-56
PY-7-mayor-otano|Mayor Otano|马约尔奥塔尼奥|-26.38|-54.71
PY-9-sapucai|Sapucai|萨普凯|-25.67|-56.95
RU-DA-makhachkala|Makhachkala|马哈奇卡拉|42.985|47.505
RU-DA-sergokalinsky-district|Sergokalinsky District|谢尔戈卡拉区|42.46|47.66
RU-DA-untsukulsky-district|Untsukulsky District|温楚库尔区|42.715|46.79
RU-IRK-bokhansky-district|Bokhansky District|博汉区|53.1|104.05
RU-IRK-bratsk|Bratsk|布拉茨克|56.1514|101.6342
RU-IRK-irkutsky-district|Irkutsky District|伊尔库茨克区|52.39|105.31
RU-IRK-shelekhov|Shelekhov|舍列霍夫|52.21|104.1
RU-KC-prikubansky-district|Prikubansky District|普里库班区|44.318|41.96
RU-KDA-sochi|Sochi|索契|43.4|40
RU-KOS-sharya|Sharya|沙里亚|58.369|45.518
RU-OMS-omsk|Omsk|鄂木斯克|55.11|73.19
RU-ORE-orenburg|Orenburg|奥伦堡|51.77|55.1
RU-PNZ-bessonovsky-district|Bessonovsky District|别索诺夫卡区|53.31|45.03
RU-TYU-tyumen-district|Tyumen District|秋明区|57.15|65.53
TH-11-bang-phli|Bang Phli|挽披县|13.6|100.71
TH-12-mueang-nonthaburi|Mueang Nonthaburi|暖武里直辖县|13.89|100.495
TH-13-thanyaburi|Thanyaburi|他尼亚武里县|14.02|100.73
TH-20-phanat-nikhom|Phanat Nikhom|帕那尼空县|13.452|101.184
TH-71-tha-muang|Tha Muang|他玛卯县|13.961|99.642
TH-74-ban-phaeo|Ban Phaeo|班飘县|13.591|100.108
TH-74-mueang-samut-sakhon|Mueang Samut Sakhon|沙没沙空直辖县|13.5475|100.2736
TH-84-mueang-surat-thani|Mueang Surat Thani|素叻直辖县|9.1382|99.3217
TW-CHA-lukang|Lukang|鹿港镇|24.057|120.435
UA-05-vinnytsia|Vinnytsia|文尼察|49.2331|28.4682
UA-32-bucha-district|Bucha District|布查区|50.55|30.21
UA-51-odesa|Odesa|敖德萨|46.4825|30.7233
US-CA-stanislaus-county|Stanislaus County|斯坦尼斯劳斯县|37.4716|-121.1297
US-MA-norfolk-county|Norfolk County|诺福克县|42.2418|-70.8037
UZ-FA-kokand|Kokand|浩罕|40.5286|70.9425
UZ-FA-uchkuprik|Uchkuprik|乌奇库普里克区|40.544|71.066
UZ-NW-karmana|Karmana|卡尔马纳区|40.137|65.362
UZ-SA-samarkand|Samarkand|撒马尔罕|39.654|66.96
UZ-SI-bayaut|Bayaut|巴亚乌特区|40.3|68.9
UZ-SI-khavast|Khavast|哈瓦斯特区|40.2|68.85
UZ-SU-uzun|Uzun|乌尊区|38.365|68.0
VE-F-ciudad-bolivar|Ciudad Bolivar|玻利瓦尔城|8.14|-63.6
VE-G-libertador|Libertador|利伯塔多尔|10.09|-68.09
VE-H-tinaco|Tinaco|蒂纳科|9.7|-68.433
VE-P-agua-blanca|Agua Blanca|阿瓜布兰卡|9.665|-69.115
"""

# The admin1 codes outside China that the record uses: a build without one of them stops.
RECORD_CODES = """
AO-HUA AO-LUA AR-B AR-M BG-10 BG-23 BR-AL BR-RJ CA-BC CA-MB CA-QC DE-SN ES-A ES-AB ES-AL ES-B ES-CS ES-SE ES-TO
GB-SAW GE-AB GE-SZ ID-JB ID-SU IR-00 IR-01 IR-03 IR-06 IR-10 IR-15 IR-19 IR-21 IR-23 IR-29 IT-RM KG-C KG-GB KG-O
KR-29 KR-45 KW-AH KZ-15 KZ-35 KZ-61 LY-BA LY-MB LY-MI LY-TB MY-01 MY-02 MY-04 MY-05 MY-06 MY-07 MY-08 MY-09
MY-10 MY-11 MY-12 MY-13 MY-14 PY-10 PY-11 PY-13 PY-14 PY-5 PY-7 PY-9 RU-CE RU-DA RU-IN RU-IRK RU-KB RU-KC RU-KDA
RU-KOS RU-LEN RU-MOS RU-MOW RU-OMS RU-ORE RU-PNZ RU-SE RU-SVE RU-TYU RU-VGG TH-11 TH-12 TH-13 TH-20 TH-70 TH-71
TH-74 TH-84 TJ-SU TW-CHA TW-NWT TW-TXG UA-05 UA-32 UA-51 UA-71 US-CA US-MA US-NY US-TX UZ-FA UZ-NW UZ-SA UZ-SI
UZ-SU VE-A VE-D VE-E VE-F VE-G VE-H VE-K VE-M VE-P
"""

# Shapes whose Natural Earth code is old, local or shared. Left: the code, or code/name, code/type or the
# package's own adm1_code where a code is not unique. Right: the ISO 3166-2 code of today; units that were
# merged since are drawn as one. A bare "-" keeps the shape for the country's outline only.
RECODED = """
AE X01~=- X02~=-
AF AFG-1753=DAY AFG-1769=PAN
AU X02~=- X03~=TAS X04~=-
AZ X01~=- LA/District=LAN LAN=LAC SA/District=SAK YEV/Municipality=YE
BA BIH=BIH SRP/Posavina=BIH X01~=SRP X02~=SRP X03~=SRP X04~=SRP X05~=SRP X06~=SRP X07~=SRP
BH 16=-
BS X01~=NP
CD BN=- OR=- KA=- KW=- EQ=- KE=-
CI 01=LG 02=SM 03=SV 04=VB 05=CM 06=MG 07=LC 08=ZZ 09=BS 10=DN 11=LC 12=SM 13=CM 14=WR 15=GD 16=LG 17=WR 18=GD 19=MG
CO CUN/Bogota=DC X01~=-
CZ US=42 LI=51 KA=41 PL=32 JC=31 KR=52 OL=71 PA=53 MO=80 JM=64 ZL=72 VY=63 ST=20 PR=10
EE 44=45 49=50 51=52 57=56 59=60 65=64 67=68 70=71 78=79 82=81 86=87
FR 75=75C
GB DRY=DRS STB=DRS FER=FMO OMH=FMO DGN=MUL CKT=MUL MFT=MUL ARM=ABC BNB=ABC CGV=ABC NYM=NMD DOW=NMD LMV=CCG CLR=CCG
GB MYL=CCG BLY=CCG LRN=MEA CKF=MEA BLA=MEA NTA=ANN ANT=ANN NDN=AND ARD=AND LSB=LBC CSR=LBC BMH=BCP POL=BCP NTH=-
GH BA=-
GL UO=- QA=-
GR A1=I
GT CQ=20 QZ=09
HR HRV-1604=11
HU ED=ER
IE D=D
IN UT=UK OR=OD CT=CG TG=TS
IQ TS=KI
IR 07/Alborz=30 01=03 02=04 03=24 04=10 05=16 06=18 07=23 08=14 10=06 11=19 12=20 13=11 14=07 15=08 16=12 17=05 18=17
IR 19=01 20=15 21=02 22=00 23=22 24=13 25=21 26=25 28=26 30=09 31=28
IS 0=1
IT AO=23 CI=SU VS=SU OT=SS OG=NU
KE 110=30 200=- 300=- 400=- 500=- 600=- 700=- 800=-
KN 14=15
KZ VOS=63 ALA/Almaty_City=75 ALA=19 ZHA=31 YUZ=61 MAN=47 KZY=43 AKT=15 SEV=59 KUS=39 PAV=55 ZAP=27 ATY=23 AKM=11
KZ KAR=35 AST=71 -99-X05~=43
CU -99-X13~=14
LA LAO-3283=VT
LC 04=- 09=-
LR X1~=GP X2~=RG
LU D=- G=- L=-
LV 001=073 003=112 004=042 005=054 006=050 008=022 009=007 010=026 012=062 013=052 014=015 017=113 018=088 019=113
LV 020=011 021=059 023=058 024=047 025=111 027=097 028=112 029=099 030=059 031=080 032=112 034=016 035=067
LV 036=111 037=091
LV 038=002 039=022 040=099 043=099 044=058 045=113 046=002 048=091 049=042 051=067 053=067 055=022 057=059 060=113
LV 061=091 063=097 064=113 065=002 066=112 069=041 070=022 071=112 072=002 074=112 075=022 076=094 078=073 079=097
LV 081=112 082=015 083=016 084=113 085=054 086=042 090=089 092=002 093=050 095=080 096=113 098=026 100=112 103=073
LV 104=022 105=016 107=042 108=015 109=077 110=058 JKB=042 VMR=113 LVA-1081=111 LVA-1084=041 LVA-1066=077 LVA-934=106
LY AJ=WA GD=NL MZ=JG QB=DR TN=TB
MA 01=- 02=- 03=- 04=- 05=- 06=- 07=- 08=- 09=- 10=- 11=- 12=- 13=- 14=- 15=- 16=-
MD CAM=SN GRI=SN
MK 85=810 31=307 57=307 28=307 15=307 50=607 22=304
MR NKC=-
MU BR=PW QB=PW VP=PW CU=PW
MV 12/Malé=MLE
MX DIF=CMX X01~=-
MZ MOZ-5854=MPM
NA OK=-
NO 01=31 02=32 04=34 05=34 06=33 07=39 08=40 09=42 10=42 12=46 14=46 16=50 17=50 19=55 20=56
NP BA=- BH=- DH=- GA=- JA=- KA=- KO=- LU=- MA=- ME=- NA=- RA=- SA=- SE=-
NZ X01~=- X03~=- X04~=- X05~=- X06~=- X07~=-
OM BA=BS SH=SJ
PE PER-587=LMA
PH MNL=00 BCD=NEC MDE=CEB LAP=CEB MAG=-
PK TA=KP
PL SL=24 MA=12 PK=18 DS=02 OP=16 PD=20 WN=28 LB=08 ZP=32 LU=06 PM=22 MZ=14 LD=10 KP=04 WP=30 SK=26
PS GZZ=- WBK=-
RU X01~=- MOW=MOS MOS=MOW
SB CH/Western=WE
SD DE=DC DS/Eastern_Darfur=DE
SC X02~=-
SI 05=142
ST S=-
SY X01~=-
TD X01~=-
TJ X01~=RA
TT RCM=MRC ETO=TOB WTO=TOB
TV X01~=-
TW TPQ=NWT
VE X01~=-
ZA NL=KZN GT=GP
"""

# ISO 3166-2 codes newer than the register we read (pycountry), with names.
NEWER_CODES = {
    "NO-31": "Østfold", "NO-32": "Akershus", "NO-33": "Buskerud", "NO-39": "Vestfold", "NO-40": "Telemark",
    "NO-55": "Troms", "NO-56": "Finnmark",
}  # fmt: skip

# Numbers were dealt out anew: the name decides, not the code.
NAMED_NOT_NUMBERED = {"UG", "MK", "GT"}

# Units without a shape in the sources (younger than them, or too small): listed, not drawn.
UNDRAWN = """
AZ-NV|Nakhchivan City|纳希切万市
BD-H|Mymensingh Division|迈门辛专区
BI-RM|Rumonge|鲁蒙盖省
BW-CH|Chobe|乔贝区
CD-BU|Bas-Uélé|下韦莱省
CD-EQ|Équateur|赤道省
CD-HK|Haut-Katanga|上加丹加省
CD-HL|Haut-Lomami|上洛马米省
CD-HU|Haut-Uélé|上韦莱省
CD-IT|Ituri|伊图里省
CD-KC|Kasaï-Central|中开赛省
CD-KE|Kasaï-Oriental|东开赛省
CD-KG|Kwango|宽果省
CD-KL|Kwilu|奎卢省
CD-KS|Kasaï|开赛省
CD-LO|Lomami|洛马米省
CD-LU|Lualaba|卢阿拉巴省
CD-MN|Mai-Ndombe|马伊恩东贝省
CD-MO|Mongala|蒙加拉省
CD-NU|Nord-Ubangi|北乌班吉省
CD-SA|Sankuru|桑库鲁省
CD-SU|Sud-Ubangi|南乌班吉省
CD-TA|Tanganyika|坦噶尼喀省
CD-TO|Tshopo|乔波省
CD-TU|Tshuapa|楚阿帕省
CI-AB|Abidjan|阿比让自治区
CI-YM|Yamoussoukro|亚穆苏克罗自治区
CY-06|Kyrenia|凯里尼亚区
DZ-49|Timimoun|提米蒙省
DZ-50|Bordj Badji Mokhtar|布尔吉巴吉穆赫塔尔省
DZ-51|Ouled Djellal|乌莱德杰拉勒省
DZ-52|Béni Abbès|贝尼阿巴斯省
DZ-53|In Salah|因萨拉赫省
DZ-54|In Guezzam|因盖扎姆省
DZ-55|Touggourt|图古尔特省
DZ-56|Djanet|贾奈特省
DZ-57|El M'Ghair|迈盖耶尔省
DZ-58|El Menia|迈尼亚省
ET-SI|Sidama|锡达马州
ET-SW|South West Ethiopia Peoples|西南埃塞俄比亚州
GB-NNH|North Northamptonshire|北北安普敦郡
GB-WNH|West Northamptonshire|西北安普敦郡
GH-AF|Ahafo|阿哈福省
GH-BE|Bono East|博诺东省
GH-BO|Bono|博诺省
GH-NE|North East|东北省
GH-OT|Oti|奥蒂省
GH-SV|Savannah|萨瓦纳省
GH-WN|Western North|西北省
GL-AV|Avannaata|阿凡纳塔
GL-QT|Qeqertalik|凯克塔利克
ID-PD|Southwest Papua|西南巴布亚省
ID-PE|Highland Papua|巴布亚山区省
ID-PS|South Papua|南巴布亚省
ID-PT|Central Papua|中巴布亚省
ID-KU|North Kalimantan|北加里曼丹省
KE-01|Baringo|巴林戈县
KE-02|Bomet|博美特县
KE-03|Bungoma|邦戈马县
KE-04|Busia|布西亚县
KE-05|Elgeyo-Marakwet|埃尔盖约-马拉奎特县
KE-06|Embu|恩布县
KE-07|Garissa|加里萨县
KE-08|Homa Bay|霍马贝县
KE-09|Isiolo|伊西奥洛县
KE-10|Kajiado|卡贾多县
KE-11|Kakamega|卡卡梅加县
KE-12|Kericho|凯里乔县
KE-13|Kiambu|基安布县
KE-14|Kilifi|基利菲县
KE-15|Kirinyaga|基里尼亚加县
KE-16|Kisii|基西县
KE-17|Kisumu|基苏木县
KE-18|Kitui|基图伊县
KE-19|Kwale|夸莱县
KE-20|Laikipia|莱基皮亚县
KE-21|Lamu|拉穆县
KE-22|Machakos|马查科斯县
KE-23|Makueni|马库埃尼县
KE-24|Mandera|曼德拉县
KE-25|Marsabit|马萨比特县
KE-26|Meru|梅鲁县
KE-27|Migori|米戈里县
KE-28|Mombasa|蒙巴萨县
KE-29|Murang'a|穆兰卡县
KE-31|Nakuru|纳库鲁县
KE-32|Nandi|南迪县
KE-33|Narok|纳罗克县
KE-34|Nyamira|尼亚米拉县
KE-35|Nyandarua|年达鲁阿县
KE-36|Nyeri|涅里县
KE-37|Samburu|桑布鲁县
KE-38|Siaya|夏亚县
KE-39|Taita-Taveta|泰塔-塔韦塔县
KE-40|Tana River|塔纳河县
KE-41|Tharaka-Nithi|塔拉卡-尼蒂县
KE-42|Trans-Nzoia|特兰斯-恩佐亚县
KE-43|Turkana|图尔卡纳县
KE-44|Uasin Gishu|瓦辛吉舒县
KE-45|Vihiga|韦希加县
KE-46|Wajir|瓦吉尔县
KE-47|West Pokot|西波克特县
KG-GO|Osh City|奥什市
KH-25|Tboung Khmum|特本克蒙省
KP-14|Nampo|南浦特别市
KP-15|Kaesong|开城特别市
KZ-10|Abai Region|阿拜州
KZ-33|Jetisu Region|杰特苏州
KZ-62|Ulytau Region|乌勒套州
KZ-79|Shymkent|奇姆肯特市
LA-XS|Xaisomboun|赛宋本省
LB-AK|Akkar|阿卡省
LB-BH|Baalbek-Hermel|巴勒贝克-希尔米勒省
LU-CA|Capellen|卡佩伦县
LU-CL|Clervaux|克莱沃县
LU-DI|Diekirch|迪基希县
LU-EC|Echternach|埃希特纳赫县
LU-ES|Esch-sur-Alzette|阿尔泽特河畔埃施县
LU-GR|Grevenmacher|格雷文马赫县
LU-LU|Luxembourg|卢森堡县
LU-ME|Mersch|梅尔施县
LU-RD|Redange|雷当日县
LU-RM|Remich|雷米希县
LU-VD|Vianden|维安登县
LU-WI|Wiltz|维尔茨县
MA-01|Tanger-Tetouan-Al Hoceima|丹吉尔-得土安-胡塞马大区
MA-02|Oriental|东部大区
MA-03|Fès-Meknès|非斯-梅克内斯大区
MA-04|Rabat-Salé-Kénitra|拉巴特-萨累-盖尼特拉大区
MA-05|Béni Mellal-Khénifra|贝尼迈拉勒-海尼夫拉大区
MA-06|Casablanca-Settat|卡萨布兰卡-塞塔特大区
MA-07|Marrakesh-Safi|马拉喀什-萨菲大区
MA-08|Drâa-Tafilalet|德拉-塔菲拉勒特大区
MA-09|Souss-Massa|苏斯-马塞大区
MA-10|Guelmim-Oued Noun|盖勒敏-瓦迪农大区
MA-11|Laâyoune-Sakia El Hamra|阿尤恩-萨基亚哈姆拉大区
MA-12|Dakhla-Oued Ed-Dahab|达赫拉-黄金谷地大区
ML-9|Ménaka|梅纳卡大区
ML-10|Taoudénit|陶代尼大区
MM-18|Naypyidaw|内比都联邦区
MR-13|Nouakchott-Ouest|西努瓦克肖特省
MR-14|Nouakchott-Nord|北努瓦克肖特省
MR-15|Nouakchott-Sud|南努瓦克肖特省
NA-KE|Kavango East|东卡万戈区
NA-KW|Kavango West|西卡万戈区
NP-P1|Koshi Province|戈西省
NP-P2|Madhesh Province|马德西省
NP-P3|Bagmati Province|巴格马蒂省
NP-P4|Gandaki Province|甘达基省
NP-P5|Lumbini Province|蓝毗尼省
NP-P6|Karnali Province|格尔纳利省
NP-P7|Sudurpashchim Province|远西省
PA-10|Panamá Oeste|西巴拿马省
PG-HLA|Hela|赫拉省
PG-JWK|Jiwaka|吉瓦卡省
PH-MGN|Maguindanao del Norte|北马京达瑙省
PH-MGS|Maguindanao del Sur|南马京达瑙省
PS-BTH|Bethlehem|伯利恒省
PS-DEB|Deir al-Balah|代尔拜拉赫省
PS-GZA|Gaza|加沙省
PS-HBN|Hebron|希伯伦省
PS-JEM|Jerusalem|耶路撒冷省
PS-JEN|Jenin|杰宁省
PS-JRH|Jericho|杰里科省
PS-KYS|Khan Yunis|汗尤尼斯省
PS-NBS|Nablus|纳布卢斯省
PS-NGZ|North Gaza|北加沙省
PS-QQA|Qalqilya|盖勒吉利耶省
PS-RBH|Ramallah and al-Bireh|拉姆安拉和比雷赫省
PS-RFH|Rafah|拉法省
PS-SLT|Salfit|萨尔费特省
PS-TBS|Tubas|图巴斯省
PS-TKM|Tulkarm|图勒凯尔姆省
QA-SH|Al-Shahaniya|沙哈尼亚市
PH-DIN|Dinagat Islands|迪纳加特群岛省
KI-G|Gilbert Islands|吉尔伯特群岛
KI-L|Line Islands|莱恩群岛
KI-P|Phoenix Islands|菲尼克斯群岛
MD-DU|Dubăsari|杜伯萨里区
ME-22|Gusinje|古西涅
ME-23|Petnjica|佩特尼察
ME-24|Tuzi|图济
ME-25|Zeta|泽塔
ST-01|Água Grande|阿瓜格兰德
ST-02|Cantagalo|坎塔加洛
ST-03|Caué|卡韦
ST-04|Lembá|伦巴
ST-05|Lobata|洛巴塔
ST-06|Mé-Zóchi|梅佐希
TV-FUN|Funafuti|富纳富提
TV-NIT|Niutao|纽陶
TV-NKF|Nukufetau|努库费陶
TV-NKL|Nukulaelae|努库莱莱
TV-NMA|Nanumea|纳努梅阿
TV-NMG|Nanumanga|纳努曼加
TV-NUI|Nui|努伊
TV-VAI|Vaitupu|瓦伊图普
SD-GK|West Kordofan|西科尔多凡州
SL-NW|North Western Province|西北省
SI-088|Osilnica|
SI-010|Tišina|
SI-196|Cirkulane|
SI-197|Kostanjevica na Krki|
SI-198|Makole|
SI-199|Mokronog-Trebelno|
SI-200|Poljčane|
SI-201|Renče-Vogrsko|
SI-202|Središče ob Dravi|
SI-203|Straža|
SI-204|Sveta Trojica v Slovenskih goricah|
SI-205|Sveti Tomaž|
SI-206|Šmarješke Toplice|
SI-207|Gorje|
SI-208|Log-Dragomer|
SI-209|Rečica ob Savinji|
SI-210|Sveti Jurij v Slovenskih goricah|
SI-211|Šentrupert|
SI-212|Mirna|
SI-213|Ankaran|
SO-AW|Awdal|奥达勒州
SO-SA|Sanaag|萨纳格州
SO-SO|Sool|索勒州
SO-TO|Togdheer|托格代尔州
SO-WO|Woqooyi Galbeed|西北州
TD-EE|Ennedi-Est|东恩内迪大区
TD-EO|Ennedi-Ouest|西恩内迪大区
TM-S|Ashgabat|阿什哈巴德
TN-12|Ariana|艾尔亚奈省
TW-LIE|Lienchiang County|连江县
TZ-31|Songwe|松圭区
YE-SU|Socotra|索科特拉省
"""

# Names that the sources give wrongly, in an old form, or not at all.
NAMES = """
TJ-SU|Sughd Region|索格特州
TJ-RA|Districts of Republican Subordination|中央直辖区
KZ-71|Astana|阿斯塔纳
KZ-75|Almaty City|阿拉木图市
KZ-61|Turkistan Region|突厥斯坦州
NO-34|Innlandet|内陆郡
NO-42|Agder|阿格德尔郡
NO-46|Vestland|西部郡
NO-50|Trøndelag|特伦德拉格郡
LV-111|Augšdaugava Municipality|奥格什道加瓦市
LV-112|South Kurzeme Municipality|南库尔泽梅市
LV-113|Valmiera Municipality|瓦尔米耶拉市
BA-BIH|Federation of Bosnia and Herzegovina|波斯尼亚和黑塞哥维那联邦
BA-SRP|Republika Srpska|塞族共和国
PH-00|Metro Manila|马尼拉大都会
GB-WRL|Wirral|威勒尔
GB-SHN|St Helens|圣海伦斯
GB-BCP|Bournemouth, Christchurch and Poole|伯恩茅斯-克赖斯特彻奇-普尔
GB-ANN|Antrim and Newtownabbey|安特里姆和纽敦阿比
GB-AND|Ards and North Down|阿兹和北当
GB-ABC|Armagh City, Banbridge and Craigavon|阿马-班布里奇-克雷加文
GB-CCG|Causeway Coast and Glens|堤道海岸和峡谷
GB-DRS|Derry and Strabane|德里和斯特拉班
GB-FMO|Fermanagh and Omagh|弗马纳和奥马
GB-LBC|Lisburn and Castlereagh|利斯本和卡斯尔雷
GB-MEA|Mid and East Antrim|中东安特里姆
GB-MUL|Mid Ulster|中阿尔斯特
GB-NMD|Newry, Mourne and Down|纽里-莫恩-唐
CI-CM|Comoé|科莫埃区
CI-MG|Montagnes|山地区
CI-SM|Sassandra-Marahoué|萨桑德拉-马拉韦区
CI-GD|Gôh-Djiboua|戈-吉布亚区
CI-WR|Woroba|沃罗巴区
CI-LC|Lacs|湖泊区
CI-LG|Lagunes|泻湖区
AZ-LAC|Lachin|拉钦区
AZ-YE|Yevlakh City|叶夫拉赫市
AZ-LA|Lankaran City|连科兰市
AZ-SA|Shaki City|舍基市
AF-DAY|Daykundi|代昆迪省
AF-PAN|Panjshir|潘杰希尔省
MK-307|Kičevo|基切沃
MK-810|Petrovec|彼得罗韦茨
VN-39|Đồng Nai|同奈省
IE-D|Dublin|都柏林郡
SB-WE|Western|西部省
TT-TOB|Tobago|多巴哥
LY-TB|Tripoli|的黎波里
LY-JG|Jabal al Gharbi|杰贝尔盖尔比
LY-WA|Al Wahat|瓦哈特
LY-DR|Derna|德尔纳
LY-NL|Nalut|纳卢特
MU-PW|Plaines Wilhems|威廉平原区
HR-11|Požega-Slavonia|波热加-斯拉沃尼亚县
LA-VT|Vientiane Prefecture|万象市
IT-SU|South Sardinia|南撒丁省
CO-DC|Bogotá|波哥大首都区
MX-CMX|Mexico City|墨西哥城
IQ-KI|Kirkuk|基尔库克省
IN-OD|Odisha|奥里萨邦
RU-MOS|Moscow Oblast|莫斯科州
RU-MOW|Moscow|莫斯科
RU-ALT|Altai Krai|阿尔泰边疆区
RU-YEV|Jewish Autonomous Oblast|犹太自治州
SD-DC|Central Darfur|中达尔富尔州
SD-DE|East Darfur|东达尔富尔州
SD-DW|West Darfur|西达尔富尔州
PH-SUN|Surigao del Norte|北苏里高省
LV-041|Jelgava Municipality|叶尔加瓦市
LV-042|Jēkabpils Municipality|叶卡布皮尔斯市
LV-077|Rēzekne Municipality|雷泽克内市
LV-106|Ventspils Municipality|文茨皮尔斯市
LV-094|Smiltene Municipality|斯米尔泰内市
LV-102|Varakļāni Municipality|瓦拉克利亚尼市
UA-30|Kyiv|基辅
UA-32|Kyiv Oblast|基辅州
UA-51|Odesa|敖德萨州
YE-SA|Sana'a City|萨那市
YE-SN|Sana'a|萨那省
GY-ES|Essequibo Islands-West Demerara|埃塞奎博群岛-西德默拉拉区
SC-13|Grand'Anse Mahé|马埃大安塞区
AR-B|Buenos Aires Province|布宜诺斯艾利斯省
AR-C|Buenos Aires (city)|布宜诺斯艾利斯市
BG-22|Sofia (capital)|索菲亚市
BG-23|Sofia Province|索菲亚州
BY-HM|Minsk (city)|明斯克市
BY-MI|Minsk Region|明斯克州
HR-01|Zagreb County|萨格勒布县
HU-VE|Veszprém County|维斯普雷姆州
TW-CYI|Chiayi City|嘉义市
TW-CYQ|Chiayi County|嘉义县
TW-HSQ|Hsinchu County|新竹县
TW-HSZ|Hsinchu City|新竹市
US-DC|District of Columbia|哥伦比亚特区
UZ-TK|Tashkent (city)|塔什干市
UZ-TO|Tashkent Region|塔什干州
IT-BZ|South Tyrol|南蒂罗尔
IT-GE|Genoa|热那亚省
DK-84|Capital Region|首都大区
DE-HB|Bremen|不来梅
KH-5|Kampong Speu|磅士卑省
PA-1|Bocas del Toro|博卡斯德尔托罗省
VN-53|Bắc Kạn|北件省
VN-66|Hưng Yên|兴安省
VE-X|La Guaira|拉瓜伊拉州
LA-VI|Vientiane Province|万象省
MG-A|Toamasina|图阿马西纳省
MG-D|Antsiranana|安齐拉纳纳省
MG-F|Fianarantsoa|菲亚纳兰楚阿省
MG-M|Mahajanga|马哈赞加省
MG-T|Antananarivo|塔那那利佛省
MG-U|Toliara|图利亚拉省
MD-GA|Gagauzia|加告兹
MZ-MPM|Maputo (city)|马普托市
PE-LMA|Lima (municipality)|利马市
PE-CUS|Cusco|库斯科大区
CO-SAP|San Andrés and Providencia|圣安德烈斯-普罗维登西亚省
BT-31|Sarpang|萨尔邦宗
DO-07|Elías Piña|埃利亚斯皮尼亚省
AZ-XA|Khankendi|汉肯德
IR-04|West Azerbaijan|西阿塞拜疆省
KZ-19|Almaty Region|阿拉木图州
MY-01|Johor|柔佛
MY-08|Perak|霹雳
HR-12|Brod-Posavina|布罗德-波萨维纳县
SG-02|North East|东北区
SG-04|South East|东南区
SG-05|South West|西南区
XK-prizren|Prizren|普里兹伦
XK-urosevac|Ferizaj|费里扎伊
XK-vitina|Vitina|维蒂纳
XK-srbica|Skenderaj|斯肯德拉伊
XK-podujevo|Podujevo|波杜耶沃
XK-pristina|Pristina|普里什蒂纳
XK-kosovska-mitrovica|Mitrovica|米特罗维察
XK-kosovska-kamenica|Kamenica|卡梅尼察
"""

COUNTRY_NAMES = {
    "CD": "DR Congo", "CG": "Congo", "HK": "Hong Kong", "MM": "Myanmar", "MO": "Macao", "PS": "Palestine",
    "CI": "Côte d'Ivoire",
}  # fmt: skip

# CLDR lists a neighbour's money first where both are tender, and Bulgaria before its euro.
CURRENCIES = {"BG": "EUR", "BT": "BTN", "HT": "HTG", "LS": "LSL", "NA": "NAD", "PA": "PAB", "ZW": "ZWG", "XK": "EUR"}

# Units that are ISO 3166-1 entries of their own, and places the source keeps apart from every country.
# None: drawn nowhere. China's islands come with the China package; Clipperton and the Spratlys are specks.
TERRITORIES = {
    "FR-GF": "GF", "FR-GP": "GP", "FR-MQ": "MQ", "FR-RE": "RE", "FR-YT": "YT", "US-PR": "PR", "NL-SX": "SX",
    "NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ", "NO-21": "SJ", "NO-X01~": "BV", "-99-X14~": "CX",
    "-99-X15~": "CC", "-99-X11~": "SO", "-99-X04~": "CY", "-99-X16~": "CY", "-99-X17~": "CY", "-99-X05~": "KZ",
    "-99-X06~": "IN", "-99-X13~": "CU", "-99-X03~": "AU", "-99-X08~": None, "-99-X02~": None, "CN-X01~": None,
}  # fmt: skip


def rows_of(table):
    """The lines of one of the tables above, split at the bars."""
    return [line.split("|") for line in table.strip().splitlines() if line]


def recoded():
    """{old code or more specific key: ISO code, or "" for shapes that only their country keeps}."""
    found = {}
    for line in RECODED.strip().splitlines():
        country, *pairs = line.split(" ")
        for pair in pairs:
            old, new = pair.replace("_", " ").split("=")
            key = old if re.match(r"-99|[A-Z]{3}-", old) else f"{country}-{old}"
            found[key] = "" if new == "-" else new if "-" in new else f"{country}-{new}"
    return found
