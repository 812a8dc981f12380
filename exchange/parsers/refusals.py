"""Why a file is not taken as a list, in the words the sender reads."""

from policy.errors import DomainError


class ListUnreadable(DomainError):
    """A file cannot be taken as a list at all; the message says why and what to do."""

    code = "list_unreadable"


PROTECTED = "文件设有打开密码，请取消密码后重新上传"
BROKEN = "文件已损坏或不是表格，请用 Excel 或 WPS 打开另存后重新上传"
SAVE_AS = "请用 Excel 或 WPS 打开，另存为 xlsx 后重新上传"
