// JSON for people and scripts, indented by two.
#pragma once

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"

namespace egressc {

// Texts pass through printable(), so that whatever an input holds makes valid JSON, and nothing else.
class JsonText {
 public:
  JsonText() { writer_.SetIndent(' ', 2); }

  void open_object() { writer_.StartObject(); }
  void close_object() { writer_.EndObject(); }
  void open_list() { writer_.StartArray(); }
  void close_list() { writer_.EndArray(); }
  void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }

  void text(std::string_view value) {
    const std::string safe = printable(value, value.size());
    writer_.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
  }
  // Several lines of text that egressc wrote.
  void lines(std::string_view value) { writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size())); }
  void number(std::uint64_t value) { writer_.Uint64(value); }
  void boolean(bool value) { writer_.Bool(value); }
  void null() { writer_.Null(); }

  void text(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void number(std::string_view name, std::uint64_t value) {
    key(name);
    number(value);
  }
  void boolean(std::string_view name, bool value) {
    key(name);
    boolean(value);
  }
  template <typename List>
  void texts(std::string_view name, const List& values) {
    key(name);
    open_list();
    for (const auto& value : values) text(value);
    close_list();
  }

  // The document, with a line feed at its end.
  std::string take() && {
    buffer_.Put('\n');
    return {buffer_.GetString(), buffer_.GetSize()};
  }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::ASCII<>> writer_{buffer_};
};

}  // namespace egressc
