// The journal's forms of several lines. Which bytes begin a field is the journal's word in each of them: what a program
// wrote is indented more than a name, or told by its length (systemd.journal-export-formats).
#include "model/words/text.h"
#include "sources/envelope/text.h"
#include "sources/envelope/wrapping.h"

namespace egressc::sources {
namespace {

constexpr std::size_t longest_entry = std::size_t{1} << 20;
constexpr std::size_t verbose_indent = 4;

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; });
}

// "Fri 2026-11-20 10:00:00.123456 UTC [s=…;i=…]"
std::optional<Micros> verbose_time(std::string_view line, const ParseContext& context) {
  const std::size_t bracket = line.find(" [s=");
  if (bracket == line.npos || !line.ends_with(']')) return std::nullopt;
  const auto stamp = parse_stamp(line, context);
  return stamp && stamp->length == bracket ? std::optional(stamp->at) : std::nullopt;
}

bool begins_export(std::string_view line) {
  return line.starts_with("__CURSOR=") || line.starts_with("__REALTIME_TIMESTAMP=") ||
         line.starts_with("__MONOTONIC_TIMESTAMP=") || line.starts_with("__SEQNUM=");
}

void append_escaped(std::string& json, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json += "\\u00";
      json += digits[byte >> 4];
      json += digits[byte & 0xf];
    } else {
      json += c;
    }
  }
}

void append_bytes(std::string& json, std::string_view text) {
  json += '[';
  for (const char c : text) {
    if (json.back() != '[') json += ',';
    json += std::to_string(static_cast<unsigned char>(c));
  }
  json += ']';
}

}  // namespace

void JournalEntries::expect(std::string_view line, std::string_view next) {
  if (form_ != Form::none) return;
  if (begins_export(line))
    form_ = Form::exported;
  else if (line == "{" && (next.starts_with("\t\"") || next.starts_with("  \"")))
    form_ = Form::pretty;
  else if (verbose_time(line, context_))
    form_ = Form::verbose;
}

void JournalEntries::begin(std::uint64_t number) {
  open_ = true;
  too_long_ = false;
  line_ = number;
  json_ = "{";
  name_.clear();
  value_.clear();
}

JournalEntries::Taken JournalEntries::end() {
  put_value();
  open_ = false;
  json_ += '}';
  done_json_.swap(json_);
  done_line_ = line_;
  fault_ = too_long_ ? "invalid journal entry: over 1 MiB" : "";
  return Taken::entry;
}

bool JournalEntries::fits(std::size_t more) {
  too_long_ = too_long_ || json_.size() + value_.size() + more > longest_entry;
  return !too_long_;
}

void JournalEntries::field(std::string_view name, std::string_view value) {
  put_value();
  if (!fits(name.size() + value.size())) return;
  name_.assign(name);
  value_.assign(value);
}

void JournalEntries::put_value() {
  if (name_.empty() || !fits(name_.size() + value_.size())) return name_.clear();
  if (json_.size() > 1) json_ += ',';
  json_ += '"';
  json_ += name_;
  json_ += "\":";
  if (find_invalid_utf8(value_) == std::string::npos) {
    json_ += '"';
    append_escaped(json_, value_);
    json_ += '"';
  } else {
    append_bytes(json_, value_);
  }
  name_.clear();
  value_.clear();
}

JournalEntries::Taken JournalEntries::take(std::string_view line, std::uint64_t number) {
  switch (form_) {
    case Form::none:
      return Taken::no;
    case Form::exported:
      return exported(line, number);
    case Form::verbose:
      return verbose(line, number);
    case Form::pretty:
      return pretty(line, number);
  }
  return Taken::no;
}

JournalEntries::Taken JournalEntries::exported(std::string_view line, std::uint64_t number) {
  if (line.empty()) return open_ ? end() : Taken::no;
  const std::size_t equals = line.find('=');
  const std::string_view name = line.substr(0, equals);
  if (!open_) {
    if (!begins_export(line)) return Taken::no;
    begin(number);
  }
  if (!is_field_name(name)) return Taken::part;
  if (equals == line.npos) {
    field(name, {});
    binary_ = Binary::size;
    size_ = taken_ = 0;
  } else {
    field(name, line.substr(equals + 1));
  }
  return Taken::part;
}

std::size_t JournalEntries::take_bytes(std::string_view bytes) {
  if (binary_ == Binary::size) {
    std::size_t count = 0;
    for (; count < bytes.size() && taken_ < 8; ++count, ++taken_)
      size_ |= std::uint64_t{static_cast<unsigned char>(bytes[count])} << (8 * taken_);
    if (taken_ < 8) return count;
    binary_ = Binary::data;
    taken_ = 0;
    return count;
  }
  const std::uint64_t due = size_ - taken_;
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(due, bytes.size()));
  if (fits(count)) value_.append(bytes.substr(0, count));
  taken_ += count;
  if (taken_ < size_ || count == bytes.size()) return count;
  binary_ = Binary::none;
  return count + (bytes[count] == '\n' ? 1 : 0);
}

JournalEntries::Taken JournalEntries::verbose(std::string_view line, std::uint64_t number) {
  if (const auto at = verbose_time(line, context_)) {
    const Taken taken = open_ ? end() : Taken::part;  // the entry before ends where the next one begins
    begin(number);
    field("__REALTIME_TIMESTAMP", std::to_string(*at));
    return taken;
  }
  if (!open_) return Taken::no;
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  if (indent > verbose_indent) {
    if (fits(line.size())) {
      value_ += '\n';
      value_ += line.substr(indent);
    }
    return Taken::part;
  }
  const std::size_t equals = line.find('=');
  if (indent != verbose_indent || equals == line.npos) return Taken::part;
  const std::string_view name = line.substr(indent, equals - indent);
  if (is_field_name(name) && !name.starts_with("__")) field(name, line.substr(equals + 1));
  return Taken::part;
}

JournalEntries::Taken JournalEntries::pretty(std::string_view line, std::uint64_t number) {
  if (line == "{") {
    begin(number);
    return Taken::part;
  }
  if (!open_) return Taken::no;
  if (line == "}" || line == "},") return end();
  if (fits(line.size())) json_ += line;
  return Taken::part;
}

bool JournalEntries::finish() {
  if (!open_) return false;
  // The rest of a text could be another text's.
  const bool is_cut = form_ == Form::pretty || wants_bytes();
  end();
  if (is_cut) fault_ = "invalid journal entry: cut short";
  return true;
}

}  // namespace egressc::sources
