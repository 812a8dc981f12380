"""The wide person sheet of the monitoring system (防返贫监测个人信息表): over a hundred columns, few are read.

What it says of the low-income allowance and of extreme hardship is the rural office's hearsay: it is not recognised by
it, begins and ends nothing, and is only held against the records of civil affairs.
"""

from exchange.parsers.forms import Form
from exchange.parsers.headers import Column
from hardship.parsers.listed import ID_NUMBER, NAME

YES_OR_NO = ("是", "否")
MONTH_NOTE = "六位年月，如 202403；知道日期的写到日"
MONTHLY = tuple(
    f"{month}月{what}"
    for month in range(1, 13)
    for what in ("务工地点", "务工收入", "帮扶措施", "走访次数", "监测情况")
)

FORM = Form(
    title="防返贫监测个人信息表",
    columns=(
        "省",
        "市",
        "县",
        "乡",
        "村",
        Column("household", ("户编号", "户号"), required=False, note="防返贫监测系统的户编号", is_shared=True),
        "人编号",
        Column("name", NAME, note="与身份证一致"),
        "证件类型",
        Column("id_number", ("证件号码", *ID_NUMBER), is_key=True, note="18位公民身份号码，按文本填写；一人一行"),
        "与户主关系",
        "性别",
        "出生日期",
        "民族",
        "政治面貌",
        "文化程度",
        "在校生状况",
        "健康状况",
        "劳动技能",
        Column(
            "household_type",
            ("户类型", "农户类型"),
            required=False,
            note="脱贫户为脱贫人口；一般农户不是",
            choices=("脱贫户", "一般农户"),
            is_shared=True,
        ),
        Column(
            "monitored",
            ("监测对象类别", "监测类别", "监测对象类型"),
            required=False,
            note="不是监测对象的留空",
            choices=("脱贫不稳定户", "边缘易致贫户", "突发严重困难户"),
            is_shared=True,
        ),
        Column(
            "identity",
            ("身份类别", "医疗救助身份", "困难身份", "人员类别", "对象类别"),
            required=False,
            is_shared=True,
        ),
        Column(
            "eliminated",
            ("风险是否已消除", "风险是否消除", "是否消除风险"),
            required=False,
            note="监测对象填写",
            choices=YES_OR_NO,
            is_shared=True,
        ),
        Column(
            "since",
            ("识别监测时间", "纳入监测时间", "识别时间", "纳入时间"),
            required=False,
            note=MONTH_NOTE,
            is_shared=True,
        ),
        Column(
            "eliminated_on",
            ("消除监测时间", "风险消除时间", "消除时间"),
            required=False,
            note=f"风险未消除的留空；{MONTH_NOTE}",
            is_shared=True,
        ),
        "风险消除方式",
        *(f"致贫/返贫风险{number}" for number in range(1, 6)),
        Column(
            "allowance",
            ("享受低保政策情况", "是否享受最低生活保障", "是否低保"),
            required=False,
            note="只与民政名单核对，不据此认定低保",
            is_shared=True,
        ),
        Column(
            "extreme_hardship",
            ("享受特困供养政策情况", "是否享受特困供养", "是否特困"),
            required=False,
            note="只与民政名单核对，不据此认定特困",
            is_shared=True,
        ),
        "整户无劳动能力兜底保障户",
        "是否参加城乡居民基本医疗保险",
        "是否参加城镇职工基本医疗保险",
        "是否参加大病保险",
        "是否参加商业补充医疗保险",
        "是否接受医疗救助",
        "是否接受其他健康帮扶",
        "是否参加城乡居民基本养老保险",
        "是否参加城镇职工基本养老保险",
        *MONTHLY,
        "工资性收入",
        "生产经营性收入",
        "财产性收入",
        "转移性收入",
        "合规自付支出",
        "人均纯收入",
        "是否危房户",
        "是否解决安全饮用水",
        "帮扶责任人",
        "帮扶责任人单位",
    ),
    notes=(
        "可以直接上传防返贫监测系统导出的个人信息表，栏目顺序不限，多余的栏目不影响读取。",
        "“户类型”“监测对象类别”“身份类别”至少要有一栏；三栏都空的行视为缺少身份。",
        "全量名单须包含全部监测对象；不在名单上的人，其监测对象身份将在核对后终止，脱贫人口身份以脱贫人口名册为准。",
        "享受低保、特困供养两栏是农业农村部门掌握的情况，只用来与民政名单核对，不产生也不终止任何身份。",
    ),
    people=(
        {
            "省": "样例省",
            "市": "样例市",
            "县": "样例县",
            "乡": "样例镇",
            "村": "样例村",
            "户编号": "990100000001",
            "人编号": "99010000000101",
            "姓名": "郑样例",
            "证件类型": "居民身份证",
            "证件号码": "13029919530707013X",
            "与户主关系": "户主",
            "户类型": "脱贫户",
            "监测对象类别": "脱贫不稳定户",
            "风险是否已消除": "否",
            "识别监测时间": "202403",
            "致贫/返贫风险1": "因病",
            "享受低保政策情况": "否",
        },
        {
            "乡": "样例镇",
            "村": "样例村",
            "户编号": "990100000002",
            "姓名": "冯样例",
            "证件号码": "130299198502281112",
            "户类型": "一般农户",
            "监测对象类别": "边缘易致贫户",
            "风险是否已消除": "是",
            "识别监测时间": "202301",
            "消除监测时间": "202406",
        },
        {
            "乡": "样例镇",
            "村": "样例村",
            "户编号": "990100000003",
            "姓名": "陈样例",
            "证件号码": "230199196503010428",
            "户类型": "脱贫户",
            "享受低保政策情况": "是",
        },
    ),
)  # fmt: skip
