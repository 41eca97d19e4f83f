#include <rapidjson/reader.h>

#include <array>
#include <charconv>

#include "sources/envelope/envelope.h"

namespace egressc {
namespace {

// Keeps the wanted strings of the outermost object.
class EntryHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, EntryHandler> {
 public:
  explicit EntryHandler(JournalEntry& entry) : entry_(entry) {}

  bool Default() {
    field_ = none;
    return depth_ != 0;
  }
  bool StartObject() { return enter(); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool StartArray() { return depth_ != 0 && enter(); }
  bool EndArray(rapidjson::SizeType) { return leave(); }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    field_ = none;
    if (depth_ != 1) return true;
    const std::string_view key(text, size);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (key != names[i]) continue;
      if (seen_[i]) return false;
      seen_[i] = true;
      field_ = i;
    }
    return true;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value(text, size);
    switch (field_) {
      case 0:
        if (std::from_chars(value.data(), value.data() + value.size(), entry_.at).ec != std::errc{} || entry_.at < 0 ||
            entry_.at >= year_10000)
          entry_.at = no_time;
        break;
      case 1:
        entry_.transport = value;
        break;
      case 2:
        entry_.command = value;
        break;
      case 3:
        entry_.identifier = value;
        break;
      case 4:
        entry_.message = value;
        break;
      default:
        break;
    }
    return Default();
  }

 private:
  static constexpr std::array<std::string_view, 5> names = {"__REALTIME_TIMESTAMP", "_TRANSPORT", "_COMM",
                                                            "SYSLOG_IDENTIFIER", "MESSAGE"};
  static constexpr std::size_t none = names.size();
  static constexpr Micros year_10000 = 253402300800 * second;

  bool enter() {
    field_ = none;
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  JournalEntry& entry_;
  std::array<bool, names.size()> seen_{};
  std::size_t field_ = none;
  std::size_t depth_ = 0;
};

}  // namespace

bool JournalReader::read(std::string_view line, JournalEntry& entry) {
  entry = {};
  buffer_.assign(line);
  if (buffer_.find('\0') != buffer_.npos) return false;  // RapidJSON would take it for the end
  // Its UTF-8 check reads up to three bytes behind one that begins a sequence, also past the end.
  buffer_.append(3, '\0');
  rapidjson::InsituStringStream stream(buffer_.data());
  EntryHandler handler(entry);
  rapidjson::Reader reader;
  // Iterative: the depth of nesting is the sender's choice, and must not be the stack's.
  constexpr unsigned flags =
      rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  return !reader.Parse<flags>(stream, handler).IsError();
}

void JournalExport::field(std::string_view line) {
  constexpr Micros year_10000 = 253402300800 * second;
  const std::size_t equals = line.find('=');
  if (equals == line.npos) return;
  const std::string_view name = line.substr(0, equals);
  const std::string_view value = line.substr(equals + 1);
  if (name == "__REALTIME_TIMESTAMP") {
    if (std::from_chars(value.data(), value.data() + value.size(), at_).ec != std::errc{} || at_ < 0 ||
        at_ >= year_10000)
      at_ = no_time;
  } else if (name == "_TRANSPORT") {
    transport_.assign(value);
  } else if (name == "_COMM") {
    command_.assign(value);
  } else if (name == "SYSLOG_IDENTIFIER") {
    identifier_.assign(value);
  } else if (name == "MESSAGE") {
    message_.assign(value);
  }
}

}  // namespace egressc
