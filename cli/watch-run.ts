// `doorlab watch`: on a terminal a picture of the agent that redraws itself, elsewhere a line for each change.
import { followAgent } from '#gateway/agent/watch-client.ts';
import type { WatchLine } from '#gateway/agent/agent-view.ts';
import type { Context } from './context.ts';
import { agentSocket } from './data-folders.ts';
import type { JsonObject, Outcome } from './output.ts';
import { stopped } from './until-stopped.ts';
import { lineText, picture, type Watched } from './watch-text.ts';

export async function watch({ clock, config, output, screen, signal }: Context): Promise<Outcome> {
  const watched: Watched = { agent: undefined, doors: new Map() };
  let said = new Map<string, string>();
  const show = (line: WatchLine): void => {
    take(watched, line);
    if (screen !== undefined) {
      screen.draw(picture(watched, screen.size()));
      return;
    }
    const text = lineText(line);
    // Every byte of a transfer is for a picture; in lines only what is worth a line.
    const key = line.type === 'agent' ? '' : line.doorId;
    if (!config.json && said.get(key) === text) return;
    said = said.set(key, text);
    output.data(line.type, jsonOf(line), text);
  };
  try {
    const onGone = (): void => {
      watched.agent = undefined;
      watched.doors.clear();
      said = new Map();
      if (screen === undefined) output.note('The agent is gone; another one is waited for.');
      else screen.draw(picture(watched, screen.size()));
    };
    const how = await followAgent(agentSocket(config), clock, signal, { onLine: show, onGone });
    return stopped(how === 'gone' ? 'The agent is gone, and no other came.' : '');
  } finally {
    screen?.end();
  }
}

function take(watched: Watched, line: WatchLine): void {
  switch (line.type) {
    case 'agent':
      watched.agent = line;
      return;
    case 'door':
      watched.doors.set(line.doorId, line);
      return;
    case 'gone':
      watched.doors.delete(line.doorId);
      return;
  }
}

const jsonOf = ({ type: _type, ...fields }: WatchLine): JsonObject => fields;
