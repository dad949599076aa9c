"""The words in and around personal names: what may be a surname, what calls for a name, what ends one."""

from __future__ import annotations

import re
from typing import Final

from nlp.tables import FOLDER, given_characters, not_names, person_titles, role_nouns, surnames

SURNAMES: Final = surnames()
EVERYDAY: Final = frozenset(surname for surname, everyday in SURNAMES.items() if everyday)
USUAL, GIVEN = given_characters()
NOT_NAMES: Final = not_names()
ROLES: Final = role_nouns()
TITLES: Final = person_titles()

_ONE: Final = "".join(surname for surname in SURNAMES if len(surname) == 1)
_NOUNS: Final = "|".join(sorted(ROLES, key=len, reverse=True))
_HANZI: Final = "一-龥"
_BESIDE: Final = r"我?家?楼[上下]|对门|隔壁|同单元|边上那户|旁边"
_TRANSCRIBED: Final = (
    "阿卜布杜都拉买麦提木依伊拜江克尔力孜古丽娜夏热合曼哈斯坦吐逊艾海"
    "迪达那吾肉衣明米吉巴图帕玛汗沙塔西努姑再比亚库里如则祖苏甫玉山凯穆赛加"
)

SURNAME: Final = re.compile("|".join([*(surname for surname in SURNAMES if len(surname) > 1), f"[{_ONE}]"]))

# Surnames so much a function word that a form of address behind them proves nothing: 和老板, 向老师.
FUNCTION_SURNAMES: Final = frozenset("和从都向应常时连于全成过来为要步由房车水江管费查关门单包")

# Characters that open a function word or a verb: not in a given name.
NEVER: Final = frozenset(
    "的了是在我你他她它这那哪不没未都也就又还要被把将给让叫对向跟与及或因所到从往去用请问说着吧吗呢啊呀只各并再最很更几"
    "号座室栋楼层处但已经过个们等电住反投拒欠女老男打骂某姓私总每拿常偷扔停借卖租收带放"
)
RARELY_LAST: Final = NEVER | frozenset("有家可来以会能和于先单多人里上下中内外前后开做出")
WORD_START: Final = re.compile(
    r"家[里的门在住有人长具属庭电中]|可[以能是]|和[我他她你邻物]|来[电了到的找]|先生|会[不在把]|以[前后来及]|人[家员]|元"
)
NOT_GIVEN: Final = re.compile(r"天天|一直|一家|一|照例|有时|今天|明明|来[电了]|发现|家[里的]")
"""A word that begins where the second character of a given name would stand: 贾洁|天天, 刘杰|一直."""

WORD_ENDS: Final = frozenset(
    [
        "感谢",
        "答谢",
        "多谢",
        "致谢",
        "谢谢",
        "一周",
        "上周",
        "下周",
        "本周",
        "每周",
        "这周",
        "四周",
        "两周",
        "健康",
        "现任",
        "前任",
        "责任",
        "担任",
        "信任",
        "时任",
        "原任",
        "历任",
        "纵容",
        "内容",
        "收容",
        "形容",
    ]
)
"""A character before and a surname that make a word: 感谢, 上周."""

LEFT: Final = re.compile(
    r"(?:(?P<self>我是|我叫|我姓名|我的名字是|本人姓名|本人叫|本人是|本人|来电人|诉求人|反映人|投诉人|申请人|举报人|联系人)"
    rf"|(?P<noun>{_NOUNS})|(?P<named>姓名|名叫|名为|叫做|叫)"
    r"|(?P<weak>投诉|举报|反映|状告|起诉|找到|找了|联系))(?:是|叫|为|姓名)?[:： (（\"“]?$"
)
"""What calls for a name right before it: the speaker, a noun of role, 名叫; `weak` cues call for other things too."""

LEFT_ENDS: Final = frozenset(noun[-1] for noun in ROLES) | frozenset('是叫为名人做诉报映告到了系:： (（"“')
NOUN_ENDS: Final = frozenset(noun[-1] for noun in ROLES) | frozenset("妈爸哥姐弟妹的")
"""The characters that such words end with: a quick look before the slow one."""

NOUN_LEFT: Final = re.compile(f"(?:{_NOUNS}|妈|爸|哥|姐|弟|妹)的?$")
"""A noun for a person right before: 丈夫|老钱, 网格员|小林."""

SOFT_LEFT: Final = re.compile(
    r"(?:谢谢|感谢|多谢|[前后]头|[前后]面|[前后]边|要求|请|让|被|听说|据说|看到|是|跟|和|与|同|向|找|给|对|把|将|告|由|叫|[楼上下]面|楼[上下]|隔壁|对门|旁边|同单元|边上那户"
    r"|联系|投诉|反映|举报|晚上|白天|半夜|昨天|今天|的邻居|这个|那个|一下|[头先]的|上面|没人|周末)的?$"
)
"""What often stands before a person, and before much else."""

DEED_LEFT: Final = re.compile(
    r"(?:(?:殴打|辱骂|[打骂撞推咬骗踢])(?:伤|倒)?[了过]|打伤|撞[伤倒]|推倒|咬伤|[,，。;；]欠了?|[还又共]欠了?|拖欠了?)$"
)
"""What somebody does to a person who is named right behind: 欠|陈刚, 打了|王丽."""

INTRODUCED: Final = re.compile(
    rf"(?:我|本人)(?:是|系)[^,，。;；:：!！?？\n是]{{2,24}}?(?:[\d室号户]的?|[^的]的|业主|住户|居民|村民|租户|户主|租客|家长)"
    rf"(?P<name>(?:{SURNAME.pattern})[{_HANZI}]{{1,2}})(?=[,，。;；:：!！\s（(]|$|我家|联系|电话)"
)
"""The speaker by where he lives and his name: 我是3幢602的张伟."""

RIGHT: Final = re.compile(
    rf"$|[^{_HANZI}]|[的家把将被说在是和与对跟及给让叫住电手身男女先向从拒欠打骂不没未都也就又还要会总每天常偷扔停借卖租反投]"
    r"|[因等私到去上经长一两多夫半深晚早老答承占]|来[电调访找到了我家上]|调解|作证|[二三四五六七八九十几][十百千万]"
)
"""What may follow a name."""

CLOSED: Final = re.compile(r"$|[,，。;；:：!！?？、）)\s]")
"""What closes a name that the speaker gives as his own."""

STRONG_RIGHT: Final = re.compile(
    r"[,，(（ :：]*(?:(?:联系)?电话|手机|联系方式|身份证|男|女|\d{2}岁|等人|等\d"
    r"|家(?:的|里|养|装|漏|住|在|又|天)|反映|来电|致电|夫妇|夫妻|一家|\x1a)"
)
"""What follows a name and little else."""

VERB_RIGHT: Final = re.compile(
    r"拒不|拒绝|欠[我着了]|把|将|打了|打伤|骂|拖欠|承诺|答应|多次|经常|长期|总是|天天|每天|私自|擅自|又|却|就是|一直"
    r"|半夜|深夜|凌晨|早上|晚上|中午|今天|昨[天晚]|前[天几阵]|这段|刚才|那边|退|要|警告|上周|每晚|\d{1,2}[.月]|三天两头|隔三差五|老是|说|表示|认为|要求"
    r"|骑车|开车|酒后|喝[酒醉多]|卷[钱款走了]|推[了倒搡]|撞[了倒伤]|咬[了伤]|骗[了我钱]|踢|踹|殴打|辱骂|被[^,，。;；]{1,6}?[打骂撞咬推骗砸捅砍踢]|欠"
    r"|当场|当面|接着|当时|动手|拿刀|持刀|亲口|随后|后来|先后|声称|自称|回答|告诉|坚称|推脱|躲|接待|不认账|不承认|不开门"
    r"|不肯|不愿|不给|不还|不退|不修|不交|不认|突然|精神|停止|恢复|限期|尽快|赔|午休|失联|跑了|出面|回来|开门|有没有|的手续"
    r"|[养遛装放敲占停堆租收改拆搭挪喂偷抽炒晒扔倒往在从喝唱练弹拉跳打捡用拿圈砸拖造扬私家]"
)
"""What people do in complaints."""

OF_PLACE: Final = re.compile(
    r"(?:浙|镇|九|湛|丽|阳|内|潜|靖|吴|龙|松|晋)江|[湖河云海济淮西越渭]南|[广山河湖]东|[湖河]北|[温杭苏常徐郑兰福广柳泉]州|[佛唐中黄鞍]山|[宁上临]海|[南北]京|[西延]安"
)
"""A place whose last character is a surname: 浙江某公司 is nobody called 江某."""

NOT_PERSON: Final = re.compile(
    r"(?:小区|公司|村|街|路|单位|些|种|天|日|年|月|个|地|厂|镇|市|区|县|店|工程|项目|学校|医院)"
)
"""After 某: the withheld name is not a person's."""

LONG_TITLE: Final = re.compile("|".join(title for title in TITLES if len(title) > 1))
OLD_TITLE: Final = re.compile("老汉|大妈|大爷|大娘|大伯|先生|女士|小姐|阿姨|奶奶|爷爷|婆婆")
SHORT_TITLE: Final = re.compile(
    f"[{''.join(title for title in TITLES if len(title) == 1)}](?![是会体共数量部监结理经妹弟们夫哥姐叔])"
)
KIN_LEFT: Final = re.compile(
    r"(?:丈夫|男人|老公|妻子|老婆|爱人|[前女姐妹]夫|前妻|儿子|女儿|儿媳|媳妇|女婿|父亲|母亲|爸爸|妈妈|岳[父母]|[大二三四小堂表]?[哥弟姐妹]"
    r"|侄[子女]|孙[子女]|外甥女?|外孙女?|弟媳|嫂子|叔叔|舅舅|姑姑|[男女](?:朋)?友)(?:是|叫)?$"
)
"""Kin right before: even a name that may be a word is one there (前夫|江波)."""

CALLED_YOUNG: Final = re.compile("姑娘|师傅|主任|老师|医生|警官|经理|护士|妹子|同学")
"""What may stand behind 小郭 or 老王: 小郭|姑娘."""

ALIAS: Final = re.compile(
    rf"(?:外号|绰号|诨名|诨号|花名|(?<![当本地他诉电])人称|小名|乳名)(?:叫做?|是|为|[:：])? ?"
    rf"(?:[“\"「『](?P<a>[{_HANZI}A-Za-z0-9]{{2,6}})[”\"」』]|(?P<b>[{_HANZI}]{{2,4}})(?=[,，。;；、!！)）\s]|$))"
)
"""A nickname behind the word for it: 外号“三炮”."""

STARRED: Final = re.compile(
    rf"(?<![*\w])\*(?:(?P<given>[{''.join(sorted(USUAL))}]{{1,2}})(?=[^*{_HANZI}\w]|$))"
    rf"|(?P<surname>{SURNAME.pattern})\*{{1,2}}(?:[{''.join(sorted(USUAL))}])?(?![*\w])"
)
"""A name with stars in it, as payment services and notices write it: *海龙, 李**, 王*明."""

BY_NAME: Final = re.compile(
    r"(?<=店主|车主|房主|户主|租户|住户|业主|邻居|租客|房东|老板|司机|同事|工友|室友|朋友|男友|女友|老公|老婆|大哥|二哥|大姐|二姐|弟弟|妹妹|哥哥|姐姐|儿子|女儿)"
    r"(?P<name>[小阿][平明红华丽芳军强伟刚燕霞玲娟兰敏静娜飞峰斌辉波勇涛亮梅英珍芬琴花毛宝东虎龙])(?=商量|说|讲|[又还把将也都在从跟和,，。的家来去打骂]|$)"
)
"""小 or 阿 and a given name, behind a noun for a person: 店主小平."""

_RARE: Final = (FOLDER / "rare_surnames.txt").read_text(encoding="utf-8").replace(" ", "").strip()
RARE: Final = re.compile(
    rf"(?P<title>(?P<a>[{_RARE}])(?:先生|女士|小姐|阿姨|大爷|大妈|大伯|奶奶|爷爷|婆婆|阿婆|师傅|警官|医生|大夫))"
    rf"|(?:我叫|我姓名|本人叫|本人姓名|名叫|姓名)(?:是|为|[:：])? ?"
    rf"(?P<name>(?P<b>[{_RARE}])[{''.join(sorted(GIVEN))}]{{1,2}})(?=[,，。;；:：、（(）)\s]|$)"
)
"""Surnames that are above all words: only before a form of address, or where somebody gives a name."""

BESIDE: Final = re.compile(rf"[、和与跟及](?P<name>(?P<surname>{SURNAME.pattern})[{''.join(sorted(USUAL))}]{{2}})")
"""A second name in a row: 赵志强、崔斌."""

NICKNAME: Final = re.compile(rf"[老小]({SURNAME.pattern})(?![区学孩偷型额层庄村湾镇路店馆厂]|家庭)")
SURNAMED: Final = re.compile(
    rf"(?:(?:{_BESIDE})?(?:的|那个)?姓(?P<a>{SURNAME.pattern})的?|(?<![百一老同])(?P<b>{SURNAME.pattern})姓)"
    rf"(?P<noun>{_NOUNS}|大妈|大爷|阿姨|先生|女士)?"
)
DOOR: Final = re.compile(
    rf"(?<![\dA-Za-z.])(?:(?P<beside>{_BESIDE})的?)?(?!(?:19|20)\d\d)[1-9]\d?0[1-9](?!\d{1, 3}[^\d月日号.])"
    r"(?(beside)(?:室?(?:的住户|那家|的人|那户|的)?)|室?(?:的住户|的租户|的业主|的人|那家|那户|的(?![,，。]|$)))"
)
"""A neighbour known by the door alone: 401的住户, 隔壁502."""

DOTTED: Final = re.compile(rf"[{_TRANSCRIBED}]{{2,7}}·[{_TRANSCRIBED}]{{2,7}}")
"""Names written with a middle dot keep to the characters of transcription."""

PLACE_LIKE: Final = re.compile(r"[镇湖村路街桥山河江湾坪塘洲岭冲站校院厂店馆司团场区市县乡园苑城寺井沟]$")
PLACE_AFTER: Final = re.compile(r"[镇湖村路街桥湾坪塘洲岭冲站校院厂店馆区市县乡园苑城]|公司|集团|[大中小]学")
