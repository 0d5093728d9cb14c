"""The tables, one file each; together here so that the mapper and the migrations see them all."""

from ai_conspects.models.audio_recording import AudioRecording, RecordingStatus
from ai_conspects.models.auth_session import AuthSession, RefreshToken
from ai_conspects.models.background_job import BackgroundJob
from ai_conspects.models.base import Base
from ai_conspects.models.conversation import ChatMessage, Conversation
from ai_conspects.models.day_usage import DayUsage, Spent
from ai_conspects.models.device_credential import DeviceCredential
from ai_conspects.models.note import Citation, Note, NoteChunk
from ai_conspects.models.note_refresh import NoteRefresh
from ai_conspects.models.note_relationship import NoteRelationship, RelationshipType
from ai_conspects.models.note_template import NoteTemplate
from ai_conspects.models.one_time_code import CodePurpose, OneTimeCode
from ai_conspects.models.processing_batch import FINISHED, BatchStatus, ProcessingBatch
from ai_conspects.models.recording_step import STEP_QUEUES, Queue, RecordingStep, StepName, StepStatus
from ai_conspects.models.source import Source
from ai_conspects.models.tag import NoteTag, Tag
from ai_conspects.models.transcript import Segment, Transcript
from ai_conspects.models.upload import Upload, UploadPart
from ai_conspects.models.user import User
from ai_conspects.models.web_search import WebSearchRow
from ai_conspects.models.webhook import DeliveryStatus, Webhook, WebhookDelivery
