"""Staff read Chinese, also where a package brought English."""

import ast
import re
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext, ngettext

CATALOGUE = Path(settings.BASE_DIR) / "locale/zh_Hans/LC_MESSAGES/django.po"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PAIR = re.compile(r'^msgid (".+")\n(?:msgid_plural (".+")\n)?msgstr(?:\[0\])? (".*")$', re.MULTILINE)


def test_the_admins_menus_and_forms_are_chinese():
    english = set()
    for model in admin.site._registry:
        options = model._meta
        labels = [options.app_config.verbose_name, options.verbose_name, options.verbose_name_plural]
        labels += [field.verbose_name for field in options.fields if not field.primary_key]
        english |= {f"{options.label}: {label}" for label in labels if not CHINESE.search(str(label))}

    assert english == {"django_celery_beat.PeriodicTask: Task Name"}  # the form shows its own Chinese label


def test_the_compiled_catalogue_says_what_its_source_says():
    pairs = [
        [ast.literal_eval(part or '""') for part in pair] for pair in PAIR.findall(CATALOGUE.read_text())
    ]

    assert len(pairs) > 200
    for message, plural, chinese in pairs:
        assert (ngettext(message, plural, 2) if plural else gettext(message)) == chinese
