---@meta readline

-- Made by scripts/reference.lua of crates/luvit/lua/readline/. Change it there.

-- Lines from a terminal, with editing, history and completion, and lines from any other stream.
--
-- `readLine` reads one line. `createInterface` is for programs that read many: as events, answers or in a loop. `Editor`
-- and `History` are what both use on a terminal.
--
-- The keys: arrows, Home, End and ^A ^E ^B ^F move the cursor, by words with Control or Alt (also Alt-B, Alt-F); Up, Down,
-- ^P and ^N go through the history, Page Up and Page Down by 10 lines; Backspace, ^H and Delete remove a character, ^W and
-- Alt-Backspace a word, ^K what follows the cursor, ^U the line; ^T swaps two characters, ^L clears the screen, Tab
-- completes. Enter ends the line. ^C empties it; on an empty line it says that the user wants to leave, as ^D does.

---How a line is read.
---@class luvit.readline.EditorOptions
---@field stdin? table a stream handle, standard input by default
---@field stdout? table a stream handle, standard output by default
---@field history? luvit.readline.History an empty one by default
---@field completionCallback? fun(line: string): any gets the line up to the cursor; a string replaces it, a list is shown, and its field `line`, if set, replaces it too
---@field wordPattern? string what a word is made of, `%w+` by default
---@field cover? string shown in place of each character; such a line is not kept in the history
---@field abortOnInterrupt? boolean Control-C ends a line that is not empty too

---@class luvit.readline.InterfaceOptions
---@field input? luvit.Readable|uv_stream_t what lines are read from: standard input by default
---@field output? luvit.Writable|uv_stream_t where prompts go; on a terminal also what is typed, and standard output is the default. Without one, nothing is written
---@field terminal? boolean false reads a terminal as if it were a file: no editing, no history
---@field prompt? string `> ` by default
---@field maxLineLength? integer bytes; a longer line is an error. 16 MiB by default
---@field history? luvit.readline.History of a terminal
---@field historySize? integer lines kept, 100 by default
---@field completer? fun(line: string): string|string[]|nil as `completionCallback` of an editor

---The editor of a line. What a key does is a method, so that a program can do it too.
---@class luvit.readline.Editor: luvit.readline.EditorOptions
---@field line string what has been entered so far
---@field position integer of the cursor, counted in characters from 1
---@field prompt string
---@field active boolean whether a line is being read
---@field historyIndex integer which entry of the history is shown
local Editor = {}

---Makes an editor; `readLine` starts it.
---@param options? luvit.readline.EditorOptions
---@return luvit.readline.Editor
function Editor.new(options) end

---Draws the prompt and the line.
function Editor:refreshLine() end

---Writes text above the line that is edited, as output that comes meanwhile.
---@param output string
function Editor:insertAbove(output) end

---Inserts characters at the cursor.
---@param characters string
function Editor:insert(characters) end

---Moves the cursor to the character before.
function Editor:moveLeft() end

---Moves the cursor to the next character.
function Editor:moveRight() end

---Moves the cursor to the start of the line.
function Editor:moveHome() end

---Moves the cursor to the end of the line.
function Editor:moveEnd() end

---Goes through the history.
---@param delta integer entries to go on, back if negative
function Editor:getHistory(delta) end

---Removes the character before the cursor.
function Editor:backspace() end

---Removes the character at the cursor.
function Editor:delete() end

---Swaps the characters before and at the cursor.
function Editor:swap() end

---Empties the line.
function Editor:deleteLine() end

---Removes what is from the cursor on.
function Editor:deleteEnd() end

---Removes the word before the cursor.
function Editor:deleteWord() end

---Moves the cursor to the start of the word before.
function Editor:jumpLeft() end

---Moves the cursor to the end of the next word.
function Editor:jumpRight() end

---Clears the screen and draws the line at its top.
function Editor:clearScreen() end

---Rings the bell of the terminal.
function Editor:beep() end

---Asks the completion callback about the text before the cursor.
function Editor:complete() end

---Takes keys as the terminal sends them. What comes after the key that ends
---the line is kept for the next one.
---@param bytes string
---@return string|boolean|nil result true: the line goes on; a string: the line that was entered; false: Control-C on an
---empty line; nil: Control-D on an empty line
---@return string? reason of false and nil
function Editor:onKey(bytes) end

---Stops reading, without calling the callback, and gives the terminal back as it was.
function Editor:close() end

---Reads a line. The callback gets an error or nil, then the line: a string,
---false for Control-C, nil for the end of the input, the latter two with a
---reason.
---@param prompt string
---@param callback fun(err?: string, line?: string|false, reason?: string)
function Editor:readLine(prompt, callback) end

---A list of lines, the oldest first.
---@class luvit.readline.History
---@field maxLength integer lines that are kept, 100 by default
---@field path? string the file that entries are added to
---@field [integer] string
local History = {}

---Makes an empty history.
---@return luvit.readline.History
function History.new() end

---Where the REPL keeps its history: `~/.luvit_history`, `%APPDATA%\luvit_history` on Windows.
---@return string? path nil without a home
function History.defaultPath() end

---Adds a line; the oldest goes when there are too many.
---@param line string
---@return boolean # true
function History:add(line) end

---Sets how many lines are kept; the oldest go when there are more.
---@param length integer `math.huge` keeps all
---@return boolean # true
function History:setMaxLength(length) end

---Forgets all lines; the file keeps them.
---@return boolean # true
function History:clean() end

---All lines, each with a line break.
---@return string
function History:dump() end

---Adds the lines of a dump.
---@param data string
---@return boolean # true
function History:load(data) end

---Replaces the last line; nil removes it.
---@param line? string
function History:updateLastLine(line) end

---Reads a file and adds each line entered from now on to it. A file that
---cannot be read or written does no harm: the history then lives in memory.
---@param path string
---@return boolean? ok
---@return string? err  why it could not be read
function History:open(path) end

---Ends the entry that is edited: keeps it, unless it is empty or repeats the
---one before, and adds it to the file.
---@param line string
---@return boolean? kept
---@return string? err  why the file could not be written
function History:commit(line) end

---Reads lines. Line breaks are `\n` and `\r\n`; they are not part of the line. What stands behind the last one is a line,
---too, unless it is empty.
---
---Events: `line` (string); `close`, once, after the last line or `close()`; `SIGINT` for Control-C on a terminal, which
---closes the interface if nobody listens; `pause`, `resume`; and `error`, after which `close` follows.
---
---Lines that nobody asks for yet are kept, and the source is not read on until somebody does: by listening to `line`,
---with `question`, or with `lines`.
---@class luvit.readline.Interface: luvit.Emitter
---@field input any
---@field output any
---@field terminal boolean lines are edited on a terminal
---@field closed boolean
local Interface = {}

---Sets the prompt of the lines to come.
---@param text string the prompt from now on
function Interface:setPrompt(text) end

---The prompt of the lines to come.
---@return string
function Interface:getPrompt() end

---Shows the prompt, in front of the next line.
function Interface:prompt() end

---Asks for a line. The answer does not come as a `line` event. One question is asked at a time.
---@param query string shown in front of the line
---@param callback? fun(err?: any, answer?: string) with an error when the input ends without an answer. In a
---coroutine it may be left out: then the call waits and returns the answer, or nil and the error
---@return string? answer, any err
---@overload fun(self: any, query: string, thread?: thread): any, any, any
function Interface:question(query, callback) end

---The lines, one after another: `for line in interface:lines() do`. The loop waits for each, so it runs in a coroutine, and
---ends with the input. An error of the source is raised in it. It shows no prompt: who wants one calls `prompt` before the
---loop and at the end of each turn.
---@return fun(): string?
function Interface:lines() end

---Stops: there are no lines until `resume`.
---@return luvit.readline.Interface self
function Interface:pause() end

---Goes on after `pause`.
---@return luvit.readline.Interface self
function Interface:resume() end

---Ends the interface; the source stays open. A question gets an error, loops over the lines end.
function Interface:close() end

---@class luvit.readline
---@field Editor luvit.readline.Editor the class
---@field History luvit.readline.History the class
---@field Interface luvit.readline.Interface the class
local readline = {}

---Reads one line.
---@param prompt string
---@param options? luvit.readline.EditorOptions may be left out
---@param callback fun(err?: string, line?: string|false, reason?: string) false for Control-C, nil at the end
---@return luvit.readline.Editor
---@overload fun(prompt: string, callback: fun(err?: string, line?: string|false, reason?: string)): luvit.readline.Editor
function readline.readLine(prompt, options, callback) end

---Makes an object that reads lines.
---@param options? luvit.readline.InterfaceOptions
---@return luvit.readline.Interface
function readline.createInterface(options) end

return readline
