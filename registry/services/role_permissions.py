"""What a role allows anywhere; where it holds is asked of `registry.selectors`.

An authentication backend: staff need no groups, their scopes' roles are their permissions. Writing is allowed by role
here and narrowed twice: pages of computed records cannot be written at all, and a row only within the role's areas.
"""

from collections.abc import Collection

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model

from registry.models import Role, StaffScope

OURS = ("policy", "registry", "exchange", "casework", "hardship", "enrollment", "benefits", "oversight")
VIEW = ("view_",)
WRITE = ("view_", "add_", "change_")
KEPT = {"registry.staffscope", "registry.accesslog", "exchange.agency", "exchange.webhookendpoint"}
SEE_AGENCY = "exchange.view_agency"  # how its lists came; its client and addresses stay the administrators'
UNMASK = "registry.view_full_id_number"
SEE_LOG = "registry.view_accesslog"
GRANTED: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    Role.VIEWER: (VIEW, frozenset({SEE_AGENCY})),
    Role.CLERK: (WRITE, frozenset({UNMASK, SEE_AGENCY})),
    Role.REVIEWER: (WRITE, frozenset({UNMASK, SEE_AGENCY})),
    Role.SUPERVISOR: (WRITE, frozenset({UNMASK, SEE_LOG, SEE_AGENCY})),
    Role.FINANCE: (VIEW, frozenset()),
    Role.AUDITOR: (VIEW, frozenset({SEE_LOG, "registry.view_staffscope", SEE_AGENCY})),
}


class RoleBackend(BaseBackend):
    """Permissions from the roles of a user's scopes."""

    def has_perm(
        self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Model | None = None
    ) -> bool:
        """Return whether a role of the user's allows it."""
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return False
        return any(_allows(role, perm) for role in _roles(user_obj))

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        """Return whether the user sees anything of an app."""
        return app_label in OURS and user_obj.is_active and bool(_roles(user_obj))


def has_role(user: AbstractBaseUser | AnonymousUser, roles: Collection[str]) -> bool:
    """Return whether a user holds one of the roles anywhere; asks nothing that permissions have not asked."""
    return bool(getattr(user, "is_superuser", False) or _roles(user) & set(roles))


def _roles(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """Return the user's roles, read once per user object, as Django reads permissions."""
    if user.is_anonymous:
        return frozenset()
    if not hasattr(user, "_roles_of_scopes"):
        found = frozenset(StaffScope.objects.filter(user=user.pk).values_list("role", flat=True))
        user._roles_of_scopes = found  # type: ignore[attr-defined]  # noqa: SLF001
    roles: frozenset[str] = user._roles_of_scopes  # type: ignore[attr-defined]  # noqa: SLF001
    return roles


def _allows(role: str, permission: str) -> bool:
    actions, more = GRANTED[role]
    app, _, codename = permission.partition(".")
    if permission in more:
        return True
    kept = any(f"{app}.{codename.removeprefix(prefix)}" in KEPT for prefix in WRITE)
    return app in OURS and not kept and codename.startswith(actions) and permission != UNMASK
