"""The one error tree.

    WeinaoError              base.py
    ├── SettingsError        settings.py    WN-CF  a setting, a key file, a folder
    ├── LoadError            loading.py     WN-LD  a file or a mapping
    ├── LakeError            lake.py        WN-LK  a lake table
    ├── ResolutionError      resolution.py  WN-ER  a model or a run
    ├── GraphError           graph.py       WN-GR  the graph database and what is read from it
    ├── ReadingError         reading.py     WN-NL  complaint text
    ├── ChangeError          changes.py     WN-CH  what an application or a grid worker changes
    ├── AccessError          access.py      WN-AC  who may see what
    └── ApiError             api.py         WN-AP  GraphQL and HTTP

Each family stands in a module of its own, and everything is imported from here. Each concrete error has a
stable `code`, a Chinese `title`, and a `remedy` that says what to do; its docstring is its page under docs/errors.
Messages are for people and hold no personal data: they name a place (file, line, column, setting), never a value that
a citizen could be known by.
"""

from __future__ import annotations

from core.errors.access import AccessDenied, AccessError, DevelopmentIdentityRefused, PurposeRequired
from core.errors.api import (
    ApiError,
    DocumentNotTrusted,
    InternalFailure,
    QueryInvalid,
    QueryTimedOut,
    QueryTooComplex,
    RequestRefused,
    ServerStopping,
    SubscriberLeftBehind,
    TemplateInvalid,
    TooManyRequests,
    TooManySubscriptions,
)
from core.errors.base import WeinaoError, concrete_errors
from core.errors.changes import ChangeError, ChangeInvalid, ChangeRefused, RequestReused
from core.errors.graph import (
    CommitUncertain,
    EntityUnknown,
    FilterInvalid,
    GraphError,
    GraphNotProjected,
    GraphStartFailed,
    GraphUnreachable,
    KeyAmbiguous,
    PatternInvalid,
    SchemaTooNew,
    StatementRefused,
    TagRefused,
    TagRuleInvalid,
    TagRuleTooSlow,
)
from core.errors.lake import LakeError, NothingLoaded, TableUnreadable
from core.errors.loading import (
    ColumnMissing,
    FeedUnknown,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    LoadError,
    LoadInterrupted,
    MappingInvalid,
    QuarantineEntryUnknown,
)
from core.errors.reading import ReadingError, ReadingModelInvalid, TextUnreadable, TrainingDataInvalid
from core.errors.resolution import (
    EngineFailed,
    EvidenceMissing,
    JudgementRefused,
    JudgementUnknown,
    LevelUntrained,
    ModelInvalid,
    ResolutionError,
    RunTooLarge,
    RunUnknown,
    StateMissing,
    StateStale,
    TruthMissing,
)
from core.errors.settings import (
    DiskFull,
    HomeBusy,
    HomeNotWritable,
    InvalidSetting,
    KeyUnusable,
    PortInUse,
    SettingsError,
)

__all__ = [
    "AccessDenied",
    "AccessError",
    "ApiError",
    "ChangeError",
    "ChangeInvalid",
    "ChangeRefused",
    "ColumnMissing",
    "CommitUncertain",
    "DevelopmentIdentityRefused",
    "DiskFull",
    "DocumentNotTrusted",
    "EngineFailed",
    "EntityUnknown",
    "EvidenceMissing",
    "FeedUnknown",
    "FileEmpty",
    "FileTooLarge",
    "FileUnreadable",
    "FilterInvalid",
    "GraphError",
    "GraphNotProjected",
    "GraphStartFailed",
    "GraphUnreachable",
    "HomeBusy",
    "HomeNotWritable",
    "InternalFailure",
    "InvalidSetting",
    "JudgementRefused",
    "JudgementUnknown",
    "KeyAmbiguous",
    "KeyUnusable",
    "LakeError",
    "LevelUntrained",
    "LoadError",
    "LoadInterrupted",
    "MappingInvalid",
    "ModelInvalid",
    "NothingLoaded",
    "PatternInvalid",
    "PortInUse",
    "PurposeRequired",
    "QuarantineEntryUnknown",
    "QueryInvalid",
    "QueryTimedOut",
    "QueryTooComplex",
    "ReadingError",
    "ReadingModelInvalid",
    "RequestRefused",
    "RequestReused",
    "ResolutionError",
    "RunTooLarge",
    "RunUnknown",
    "SchemaTooNew",
    "ServerStopping",
    "SettingsError",
    "StateMissing",
    "StateStale",
    "StatementRefused",
    "SubscriberLeftBehind",
    "TableUnreadable",
    "TagRefused",
    "TagRuleInvalid",
    "TagRuleTooSlow",
    "TemplateInvalid",
    "TextUnreadable",
    "TooManyRequests",
    "TooManySubscriptions",
    "TrainingDataInvalid",
    "TruthMissing",
    "WeinaoError",
    "concrete_errors",
]
