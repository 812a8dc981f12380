"""Categories, recognitions and assistance grants."""

from hardship.models.assistance import AssistanceGrant, ThirdPartySupport
from hardship.models.category import Category, CategoryAlias
from hardship.models.recognition import Recognition

__all__ = ["AssistanceGrant", "Category", "CategoryAlias", "Recognition", "ThirdPartySupport"]
