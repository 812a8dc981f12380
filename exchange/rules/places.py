"""Where in a file a line stands, as staff find it again."""


def row_place(number: int, sheet: str = "") -> str:
    """Return the line, with its sheet where the file has sheets: 工作表“道里区”第12行."""
    return f"工作表“{sheet}”第{number}行" if sheet else f"第{number}行"
