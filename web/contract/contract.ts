/** What this page reads is what the API's own description says: the compiler compares the two (`npm run contract`). */
import type * as mine from '../src/lib/types'
import type { components } from './api'

type S = components['schemas']

/** Whatever the API answers can be read as what the page takes it for. */
type Reads<Page, Api extends Page> = [Page, Api]

export type Checked = [
  Reads<mine.Tokens, S['TokenAnswer']>,
  Reads<mine.TagDetails, S['TagDetails']>,
  Reads<mine.Note, S['NoteOut']>,
  Reads<mine.Page<mine.Note>, S['Page_NoteOut_']>,
  Reads<mine.Related, S['RelatedNotes']>,
  Reads<mine.Graph, S['Graph']>,
  Reads<mine.BatchStatusAnswer, S['BatchStatusAnswer']>,
  Reads<mine.Page<mine.BatchItem>, S['Page_BatchOut_']>,
  Reads<mine.Recording, S['RecordingDetails']>,
  Reads<mine.Transcript, S['TranscriptOut']>,
  Reads<mine.Peaks, S['PeaksOut']>,
  Reads<mine.SearchPage, S['SearchPage']>,
  Reads<mine.ChatResponse, S['ChatResponse']>,
  Reads<mine.Page<mine.Conversation>, S['Page_ConversationOut_']>,
  Reads<mine.WholeConversation, S['WholeConversation']>,
  Reads<mine.Me, S['Me']>,
  Reads<{ items: mine.Session[] }, S['SessionList']>,
  Reads<{ items: mine.Template[] }, S['Templates']>,
  // and what it chooses from, the API takes
  Reads<S['StepName'], mine.Step>,
  Reads<S['RelationshipType'], mine.RelationType>,
  Reads<S['Remake']['analysis_depth'], mine.Depth>,
]
