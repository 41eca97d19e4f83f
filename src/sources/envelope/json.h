// JSON of whoever sent it, read by RapidJSON in place.
#pragma once

// With SSE2, under another name: the program's other parts use it without.
#ifdef __SSE2__
#define RAPIDJSON_SSE2
#define RAPIDJSON_NAMESPACE rapidjson_sse2
#define RAPIDJSON_NAMESPACE_BEGIN namespace rapidjson_sse2 {
#define RAPIDJSON_NAMESPACE_END }
#endif
#include <rapidjson/reader.h>
#ifdef __SSE2__
namespace rapidjson = rapidjson_sse2;
#endif

#include <string>
#include <string_view>

namespace egressc::sources {

// What has to stand behind a text: SSE2 reads 16 bytes at once, and the check of UTF-8 up to three bytes behind one
// that begins a sequence.
inline constexpr std::size_t json_padding = 16;

// Iterative: the depth of nesting is the sender's choice, and must not be the stack's.
inline constexpr unsigned json_flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;

// False for what is no JSON, or what `handler` refuses. The strings that it is given are parts of `buffer`.
template <class Handler>
bool read_json(std::string_view text, std::string& buffer, Handler& handler) {
  buffer.assign(text);
  if (buffer.find('\0') != buffer.npos) return false;  // RapidJSON would take it for the end
  buffer.append(json_padding, '\0');
  rapidjson::InsituStringStream stream(buffer.data());
  rapidjson::Reader reader;
  return !reader.Parse<json_flags | rapidjson::kParseValidateEncodingFlag>(stream, handler).IsError();
}

}  // namespace egressc::sources
