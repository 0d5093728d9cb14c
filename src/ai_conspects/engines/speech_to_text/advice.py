"""How to get an engine that hears more languages, or better; said wherever one can't."""

REAL_ENGINES = (
    "set OPENAI_API_KEY, or AI_CONSPECTS_SPEECH__BASE_URL to a server with /audio/transcriptions "
    "(AI_CONSPECTS_SPEECH__ENGINE must be auto or openai); or have a model on this machine: "
    "pip install 'ai-conspects[whisper]' and `ai-conspects models pull small` for any language, "
    "pip install 'ai-conspects[onnx]' and `ai-conspects models pull gigaam-v3-e2e-ctc` for Russian"
)
