import pytest

from policy.admin.reasons import reason_text


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("pay 230100/2025", "缴费入账 230100/2025"),
        ("enroll by payment", "登记方式： 缴费即登记"),
        ("apply identities.civil_affairs 2024-08-31 批次3", "清单生效 民政名单 2024-08-31 批次3"),
        ("open case", "提出 工单"),
        ("冲正：重复上传", "冲正：重复上传"),
        ("投靠子女", "投靠子女"),
        (None, ""),
    ],
)
def test_staff_read_reasons_in_chinese(stored, shown):
    assert reason_text(stored) == shown
