/** Where each note of a graph stands; in a worker, for a thousand of them take seconds. */
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from 'd3-force'

export interface Asked {
  ids: string[]
  links: { source: number; target: number; strength: number }[]
  /** Width by height of where it is shown. */
  shape: number
}
/** x and y by turns, in the order of the ids. */
export type Placed = number[]

const TICKS = 260

onmessage = ({ data }: MessageEvent<Asked>) => {
  const nodes: SimulationNodeDatum[] = data.ids.map(() => ({}))
  forceSimulation(nodes)
    .force('link', forceLink(data.links.map((one) => ({ ...one }))).distance((one) => 260 - 120 * (one as { strength: number }).strength))
    .force('apart', forceManyBody().strength(-700).distanceMax(600))
    .force('room', forceCollide(60))
    .force('x', forceX(0).strength(0.06 / Math.sqrt(data.shape)))
    .force('y', forceY(0).strength(0.06 * Math.sqrt(data.shape)))
    .stop()
    .tick(TICKS)
  postMessage(nodes.flatMap(({ x = 0, y = 0 }) => [Math.round(x), Math.round(y)]) satisfies Placed)
}
