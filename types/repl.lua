---@meta repl

-- Made by scripts/reference.lua of crates/luvit/lua/repl/. Change it there.

-- A REPL: reads Lua, evaluates it, prints the results, and does so again.

---A REPL on two streams.
---@class luvit.Repl
---@field start fun(historyLines?: string, onSaveHistoryLines?: fun(lines: string), onExit?: fun()) reads lines and evaluates them until the user leaves or the input ends. `historyLines` are lines entered earlier; without both of the first arguments the user's history file is used. The environment variable `LUVIT_HISTORY_SIZE` is how many lines are kept, 100 by default. `onSaveHistoryLines` is called with all lines after each one, `onExit` when the user leaves; by default the program then ends, if the input is a terminal
---@field evaluateLine fun(line: string): string, boolean?, any evaluates a line, or adds it to those before it that were incomplete; prints what it returns or raises. Returns the prompt for the next line; whether it went well, nil while more lines are needed; and the error

---Makes a REPL on two streams.
---@param stdin table a stream handle; without `set_mode` it is no terminal, and there are no prompts
---@param stdout table a stream handle
---@param greeting? string the first line, on a terminal
---@return luvit.Repl
local function repl(stdin, stdout, greeting) end

return repl
