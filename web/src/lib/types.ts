/** What this page reads of the API's answers. */

export type Step =
  | 'audio_upload'
  | 'transcription'
  | 'content_analysis'
  | 'research_augmentation'
  | 'note_generation'
  | 'relationship_mapping'
export type Depth = 'brief' | 'detailed' | 'deep'
export type RelationType = 'related' | 'repeats' | 'contradicts' | 'continues' | 'part_of' | 'prerequisite'

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}
export interface Tokens {
  access_token: string
  user_id: string
  expires_in: number
  refresh_token: string
}
export interface Tag {
  name: string
}
export interface TagDetails extends Tag {
  id: string
  note_count: number
}
export interface Citation {
  position: number
  recording_id: string | null
  start: number | null
  end: number | null
  quote: string
}
export interface Claim {
  text: string
  citations: number[]
  doubts: string[]
}
export interface Source {
  title: string
  url: string | null
  type: string
  quote: string | null
  published_on: string | null
}
export interface Proposal {
  engine: string
  title: string | null
  summary: string | null
  content: string | null
}
export interface Note {
  id: string
  source_recording_id: string | null
  title: string
  summary: string | null
  content: string
  tags: Tag[]
  metadata: { reading_time: number; confidence: number | null; word_count: number; coverage: number | null; engine: string }
  sources: Source[]
  related_topics: string[]
  created_at: string
  type: string
  language: string
  is_read: boolean
  is_favorite: boolean
  citations: Citation[]
  claims: Claim[]
  edited_fields: string[]
  proposal: Proposal | null
}
export interface NoteBrief {
  id: string
  title: string
  summary: string | null
  created_at: string
}
export interface Edge {
  id: string
  note_1_id: string
  note_2_id: string
  relationship_type: RelationType
  from_note_id: string | null
  strength: number
  description: string | null
}
export interface GraphNode extends NoteBrief {
  is_favorite: boolean
  distance: number
}
export interface Graph {
  nodes: GraphNode[]
  edges: Edge[]
  is_partial: boolean
}
export interface Related {
  items: { note: NoteBrief; relationship: Edge }[]
}
export interface Fault {
  code: string
  message: string
}
export interface BatchItem {
  batch_id: string
  status: BatchStatus
  progress_percentage: number
  created_at: string
}
export type BatchStatus = 'accepted' | 'processing' | 'completed' | 'partial' | 'failed' | 'cancelled'
export interface RecordingProgress {
  id: string
  filename: string
  status: 'pending' | 'processing' | 'completed' | 'failed' | 'cancelled'
  step: Step | null
  progress: number
  error: Fault | null
}
export interface BatchStatusAnswer {
  batch_id: string
  status: BatchStatus
  progress: { progress_percentage: number; estimated_remaining: number }
  created_at: string
  recordings: RecordingProgress[]
}
export interface Recording {
  id: string
  batch_id: string
  filename: string
  duration: number
  has_audio: boolean
  status: RecordingProgress['status']
  created_at: string
  notices: string[]
}
export interface Word {
  text: string
  start: number
  end: number
}
export interface Segment {
  id?: string
  start: number | null
  end: number | null
  text: string
  speaker?: string | null
  flags: string[]
  words?: Word[]
}
export interface Transcript {
  engine: string
  notice: string | null
  is_complete: boolean
  duration: number
  segments: Segment[]
}
export interface Peaks {
  duration: number
  peaks: number[]
}
export interface Hit {
  snippet_text: string
  highlights: number[][]
  start: number | null
  note: { id: string; title: string; created_at: string; source_recording_id: string | null }
  chunk: { id: string }
}
export interface SearchPage {
  items: Hit[]
  corrections: Record<string, string>
  notice: string | null
}
export interface ChatCitation extends Citation {
  note_id: string
  title: string
}
export interface Action {
  type: 'open_note' | 'create_note' | 'search' | 'retry_batch'
  label: string
  method: 'GET' | 'POST'
  path: string
  body?: Record<string, unknown> | null
  note_id?: string | null
  start?: number | null
}
export interface ChatAnswer {
  message: string
  found: boolean
  citations: ChatCitation[]
  engine: string
  notice?: { code: string; detail: string } | null
}
export interface ChatResponse {
  response: ChatAnswer
  suggested_actions: Action[]
  conversation_id: string
}
export interface Conversation {
  id: string
  title: string
  updated_at: string
}
export interface WholeConversation extends Conversation {
  messages: { id: string; role: 'user' | 'assistant'; message: string; response?: ChatAnswer | null }[]
}
export interface Me {
  id: string
  settings: { vocabulary?: { words?: string[]; prompt?: string }; template?: string | null }
}
export interface Session {
  id: string
  client: string | null
  last_used_at: string
  is_current: boolean
}
export interface Template {
  name: string
  title: string
  is_default: boolean
}
