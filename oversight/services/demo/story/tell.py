"""The whole story once; afterwards a brief account of what stands, which changes nothing."""

import time
from collections.abc import Callable
from pathlib import Path

from django.db.models import Count
from django.utils.timezone import localtime

from casework.models import Case, CaseState
from enrollment.models import ContributionPeriod, Payment
from exchange.models import BatchStatus, InboundBatch, Job, JobStatus
from exchange.services.jobs import finish_job
from hardship.models import Recognition
from oversight.services.demo.city.city import make_city
from oversight.services.demo.city.facts import city_facts
from oversight.services.demo.files.write import write_files
from oversight.services.demo.story import (
    alerts,
    answers,
    care,
    cases,
    doubles,
    family_account,
    money,
    on_paper,
    reaching,
    reconciling,
    registers,
    schools,
    settlements,
    subsidy,
    tangshan,
)
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book
from policy.errors import DomainError
from registry.models import Resident

KIND = "demo"
AGAIN = "再次运行 make demo 只重述，不作改动；make serve 打开后台；make clean 清除"


class OtherCity(DomainError):
    """A demo city of another size or seed stands already."""

    code = "other_demo_city"


def tell(write: Callable[[str], object], *, size: int, seed: int, folder: Path) -> None:
    """Build the demo city and tell how, or tell of the one that stands; a run that was broken off goes on.

    :raises OtherCity: if one of another size or seed stands
    """
    started = time.monotonic()
    account = Account(write)
    params = {"size": size, "seed": seed}
    job = Job.objects.filter(kind=KIND).first() or Job(kind=KIND, params=params, status=JobStatus.RUNNING)
    if job.params != params:
        raise OtherCity(
            f"已有 {job.params['size']} 人、种子 {job.params['seed']} 的演示城市，要换一个请先 make clean。"
        )
    if job.status == JobStatus.DONE:
        write(
            f"openYibao 演示：哈尔滨市（虚构居民 {size:,} 人）已在 {localtime(job.finished_at):%Y-%m-%d %H:%M} 建好"
        )
        _restate(account)
    else:
        job.save()
        write(f"openYibao 演示：哈尔滨市（真实区县，虚构居民 {size:,} 人，种子 {seed}），2025 参保年度")
        _build(account, size=size, seed=seed, folder=folder)
        finish_job(job=job)
    write(f"共用时 {time.monotonic() - started:.0f} 秒。{AGAIN}")


def _build(account: Account, *, size: int, seed: int, folder: Path) -> None:
    with account.step("生成各部门的名单文件"):
        city = make_city(size=size, seed=seed)
        files = write_files(city, folder)
        planted = sum(len(each.planted) for each in files)
        account.line(f"{len(files)} 个文件在 {folder}，有意写错 {planted} 行（列在 planted.csv）")
    book = Book(city, folder)
    steps: tuple[tuple[str, Callable[[Account, Book], None]], ...] = (
        ("地区、政策、困难身份类别、账号、部门", registers.law_and_places),
        ("居民登记、历年参保、死亡名单", registers.people),
        ("民政、农业农村、残联名单：先看计划，再生效", registers.identities),
        ("2025 年度试算", money.bill),
        ("参保登记", money.registrations),
        ("学校班级名单：先看方案", schools.list_a_class),
        ("税务缴费", money.payments),
        ("人费核对", reconciling.reconcile_month),
        ("困难人员参保核实：重复参保", doubles.find_doubles),
        ("财政补助分担、申请审签与拨付", subsidy.shares),
        ("资助参保结算与付款", settlements.settle),
        ("医疗费用结算：基本医保、大病保险、医疗救助", care.claims),
        ("零星报销：录入、审核、计算、结算", on_paper.on_paper),
        ("年终激励核算", care.year_end),
        ("高额费用双预警：扫描、推送、签收", alerts.push_months),
        ("预警核查：入户、反馈、纳入困难身份", answers.answer_some),
        ("参保动员和参保率", reaching.reach),
    )
    for title, step in steps:
        with account.step(title):
            step(account, book)
    with account.step("唐山市 2025 年度试算：三户人家"):
        tangshan.quote_families(account)
    with account.step("唐山市家庭共济缴费"):
        family_account.pay_for_a_child(account, book)
    with account.step("随系统提供的用例"):
        cases.check(account)


def _restate(account: Account) -> None:
    year = city_facts().coverage_year
    with account.step("现有数据"):
        account.line(f"居民 {Resident.objects.count()}，身份认定 {Recognition.objects.count()}")
        account.line(
            f"{year} 年度核定 {ContributionPeriod.objects.filter(coverage_year=year).count()}，"
            f"缴费流水 {Payment.objects.count()}，待办 {Case.objects.exclude(state=CaseState.CLOSED).count()}"
        )
        labels = dict(BatchStatus.choices)
        batches = InboundBatch.objects.values_list("status").annotate(count=Count("pk")).order_by("status")
        account.line(f"导入批次：{'，'.join(f'{labels[status]} {count}' for status, count in batches)}")
        reconciling.tell_differences(account)
        care.tell_layers(account)
        care.tell_caps(account, year)
        alerts.tell_alerts(account)
        answers.tell_answers(account)
