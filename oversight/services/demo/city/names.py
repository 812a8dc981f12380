"""Names as registers hold them: plausible, some with rare characters, some with a middle dot."""

from oversight.services.demo.city.dice import Dice

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔"
    "谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷侣栾肖"
)
DOUBLE_SURNAMES = ("欧阳", "司徒", "上官", "诸葛", "尉迟")
MALE = "伟强磊军洋勇杰涛超明刚平辉鹏飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢生国建文志海峰春立德福贵喜"
FEMALE = "芳娜秀英敏静丽艳娟霞秀兰玲燕红桂珍凤洁梅琳云莹雪荣爱妹香月莺媛瑞凡佳嘉琼勤珠翠雅芝玉萍"
RARE_SURNAMES = ("𠮷", "昝", "逄", "亓", "贠")
RARE_GIVEN = ("䶮", "堃", "喆", "犇", "淼", "翀")
OTHER_PEOPLES = (
    "阿依努尔·买买提", "巴特尔·额尔德尼", "乌云·其其格", "阿布都热依木·图尔荪", "古丽娜尔·居马", "斯琴·高娃",
)  # fmt: skip
ONE_IN_RARE = 0.4
ONE_IN_OTHER = 0.2
ONE_IN_DOUBLE = 0.6
TWO_GIVEN = 78


def surname(dice: Dice) -> str:
    """Return a family name."""
    if dice.chance(ONE_IN_RARE):
        return dice.pick(RARE_SURNAMES)
    return dice.pick(DOUBLE_SURNAMES) if dice.chance(ONE_IN_DOUBLE) else dice.pick(SURNAMES)


def full_name(dice: Dice, *, family: str, is_male: bool) -> str:
    """Return a name of the family; a few come from peoples without family names."""
    if dice.chance(ONE_IN_OTHER):
        return dice.pick(OTHER_PEOPLES)
    signs = MALE if is_male else FEMALE
    given = dice.pick(signs) + (dice.pick(signs) if dice.chance(TWO_GIVEN) else "")
    if dice.chance(ONE_IN_RARE):
        given = given[:-1] + dice.pick(RARE_GIVEN)
    return family + given
