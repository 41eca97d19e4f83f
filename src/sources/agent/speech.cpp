#include <algorithm>
#include <array>

#include "sources/agent/fields.h"

namespace egressc::sources {
namespace {

template <std::size_t Size>
using Keys = std::array<std::string_view, Size>;

constexpr Keys<48> prose_keys = {
    "abstract",         "annotations", "answer",       "citations",    "codeedit",      "comment",  "comments",
    "completion",       "contents",    "description",  "diff",         "documents",     "excerpt",  "filecontent",
    "filetext",         "html",        "insertedtext", "inserttext",   "instructions",  "links",    "markdown",
    "newcontent",       "newsource",   "newstr",       "newstring",    "newtext",       "oldstr",   "oldstring",
    "oldtext",          "pagecontent", "patch",        "prompt",       "query",         "question", "reasoning",
    "reasoningcontent", "references",  "replacement",  "results",      "searchresults", "snippet",  "sources",
    "sourcecode",       "summary",     "system",       "systemprompt", "thinking",      "title",
};
constexpr Keys<8> output_keys = {"aggregatedoutput", "functionresponse", "observation", "output",
                                 "stderr",           "stdout",           "toolresult",  "tooluseresult"};
constexpr Keys<9> call_keys = {"args",     "functionargs", "functioncall", "parameters", "rawinput",
                               "toolargs", "toolcall",     "toolcalls",    "toolinput"};
constexpr Keys<6> command_keys = {"argv",     "cmdline", "commandline", "processcmdline", "processcommandline",
                                  "proctitle"};

template <std::size_t Size>
bool is_in(const Keys<Size>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

KeySpeech speech_of(std::string_view key, std::string_view outer, Speech around) {
  if (around == Speech::headers || key.ends_with("headers") || key.ends_with("useragent") || key.ends_with("referer") ||
      key.ends_with("referrer"))
    return {Speech::headers, Speech::headers};
  if (key == "arguments" && (outer == "process" || outer == "parent")) return {Speech::command, Speech::command};
  if (key == "arguments") return {Speech::arguments, Speech::call};
  // A tool's input is an object; a model's, a text.
  if (key == "input") return {Speech::prose, Speech::call};
  if (is_in(call_keys, key)) return {Speech::call, Speech::call};
  if (around == Speech::prose) return {Speech::prose, Speech::prose};
  if (is_in(prose_keys, key)) return {Speech::prose, Speech::prose};
  if (is_in(output_keys, key)) return {Speech::output, Speech::output};
  if (is_in(command_keys, key)) return {Speech::command, Speech::command};
  const bool is_content = key == "content";
  if (!is_content && key != "text") return {around, around};
  if (around == Speech::call) return {Speech::prose, Speech::prose};
  // What a tool said stands in the content of a message's content.
  if (around == Speech::output || (is_content && outer == "content")) return {Speech::output, Speech::output};
  if (is_content) return {Speech::content, Speech::content};
  return outer.empty() ? KeySpeech{Speech::text, Speech::text} : KeySpeech{Speech::prose, Speech::prose};
}

}  // namespace egressc::sources
