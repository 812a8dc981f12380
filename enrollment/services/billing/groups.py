"""One quote for all who are alike: asked of the rules for one of them, kept with its working once for all."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from enrollment.batch.billing_people import Alike
from enrollment.models import BillingGroup, BillingRun, Working
from enrollment.services.contributions import put_figures
from enrollment.services.enroll import refuse_without_benefit
from enrollment.services.quote import Ask, Memory, Quote, load_facts
from enrollment.services.workings import digest_of, keep_workings
from policy.errors import DomainError
from policy.money import ZERO, yuan


@dataclass(slots=True)
class Groups:
    """What a worker knows of a run's groups, kept from chunk to chunk.

    :ivar quotes: key → the quote
    :ivar refused: key → the refusal
    """

    run: BillingRun
    memory: Memory = field(default_factory=Memory)
    quotes: dict[UUID, Quote] = field(default_factory=dict)
    refused: dict[UUID, DomainError] = field(default_factory=dict)

    def learn(self, found: Collection[Alike]) -> None:
        """Quote the keys met for the first time and keep what nobody has kept; workers may meet the same at once."""
        new = [each for each in found if each.key not in self.quotes and each.key not in self.refused]
        if new:
            self._quote(new)
        kept = set(self._kept([each.key for each in found]))
        self._keep([each for each in found if each.key not in kept])

    def _quote(self, new: Collection[Alike]) -> None:
        asks = {each.key: self._ask(each) for each in new}
        facts = load_facts(asks.values(), memory=self.memory)
        for each in new:
            try:
                quote = facts.quote(asks[each.key])
                refuse_without_benefit(each.example_id, quote, confirmed=False)
            except DomainError as refusal:
                self.refused[each.key] = refusal
            else:
                self.quotes[each.key] = quote

    def _ask(self, each: Alike) -> Ask:
        return Ask(each.example_id, self.run.coverage_year, self.run.pay_day, each.population)

    def _kept(self, keys: Collection[UUID]) -> Iterable[UUID]:
        return BillingGroup.objects.filter(run=self.run, key__in=keys).values_list("key", flat=True)

    def _keep(self, new: Collection[Alike]) -> None:
        """Write the groups in the order of keys, so that workers do not wait for each other in a circle."""
        if not new:
            return
        quoted = [self.quotes[each.key] for each in new if each.key in self.quotes]
        workings = keep_workings(quote.trace for quote in quoted)
        rows = [self._row(each, workings) for each in sorted(new, key=lambda each: each.key)]
        BillingGroup.objects.bulk_create(rows, ignore_conflicts=True)

    def _row(self, each: Alike, workings: Mapping[bytes, Working]) -> BillingGroup:
        row = BillingGroup(
            run=self.run,
            key=each.key,
            example_id=each.example_id,
            population=each.population,
            due=ZERO,
            payable=ZERO,
        )
        if refusal := self.refused.get(each.key):
            row.refusal, row.message = refusal.code, refusal.message[:300]
            return row
        quote = self.quotes[each.key]
        put_figures(row, quote)
        row.working = workings[digest_of(quote.trace)]
        if grant := quote.dues.grant:
            row.tier = grant.label
            row.payers = [
                {"component": one.component, "payers": list(one.payers), "amount": str(yuan(one.amount))}
                for one in grant.payers
            ]
        return row
