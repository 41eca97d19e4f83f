#include "sources/envelope/wrapping.h"

#include <utility>

#include "model/words/text.h"
#include "sources/envelope/json.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20;
constexpr std::size_t most_sampled = 128;  // lines of the head
constexpr std::size_t most_layers = 5;
constexpr std::size_t docker_part = std::size_t{16} << 10;  // docker splits longer lines

constexpr std::string_view too_long = "a line over 1 MiB";
constexpr std::string_view repetition = "repetitions of a message, as any process can say of itself: not counted";
constexpr std::string_view too_many_parts = "a part of a line, of more lines than are kept open";
constexpr std::string_view without_beginning_part = "a part of a line of a container whose first part is missing";
constexpr std::size_t most_open = 16;
constexpr std::string_view other_container = "a line of another container";
constexpr std::string_view not_kernel = "a line of the ring buffer that is not the kernel's";

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

// Programs that are read, as their tags are.
bool is_known_program(std::string_view name) {
  static constexpr std::string_view names[] = {"kernel",           "dnsmasq", "unbound", "named",
                                               "systemd-resolved", "audit",   "auditd",  "audispd"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// "dnsmasq: ", "dnsmasq[712]: "
bool begins_with_tag(std::string_view text) {
  const std::string_view word = up_to(text, ' ');
  return word.ends_with(':') && is_known_program(up_to(word.substr(0, word.size() - 1), '['));
}

// "[1751000000] unbound[22849:0] "
bool begins_with_epoch(std::string_view text) {
  const std::size_t close = text.substr(0, 13).find("] ");
  return text.starts_with('[') && close != text.npos && close > 9 && is_number(text.substr(1, close - 1));
}

// Whether a line begins here, of a program that is read or in an envelope of its own.
bool begins_own(std::string_view text) {
  if (text.starts_with('{') || text.starts_with("type=") || text.starts_with("node=") || text.starts_with('<'))
    return true;
  return begins_with_tag(text) || parse_uptime(text) || parse_stamp(text, {}) ||
         parse_stamp(text.substr(text.starts_with('[') ? 1 : 0), {}) || begins_with_epoch(text);
}

bool has_word(std::string_view text, std::string_view wanted) {
  for (std::size_t at = text.find(wanted); at != text.npos; at = text.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

// What people call the container, or the tag of a file, of a resolver or of the kernel's log.
bool is_called_like(std::string_view name, bool kernel) {
  static constexpr std::string_view resolvers[] = {"dns", "unbound", "resolve", "pihole", "pi-hole"};
  static constexpr std::string_view short_names[] = {"named", "bind", "bind9"};  // parts of other words
  static constexpr std::string_view kernels[] = {"audit",    "kern",     "netfilter", "firewall",
                                                 "iptables", "nftables", "ulogd",     "ufw"};
  const auto holds = [&](std::string_view part) { return name.find(part) != name.npos; };
  if (kernel) return std::any_of(std::begin(kernels), std::end(kernels), holds);
  return std::any_of(std::begin(resolvers), std::end(resolvers), holds) ||
         std::any_of(std::begin(short_names), std::end(short_names),
                     [&](std::string_view word) { return has_word(name, word); });
}

// Takes "TIME " of RFC 3339, with a zone.
bool take_rfc3339(std::string_view& line, Micros& at) {
  if (line.size() < 20 || line[10] != 'T' || line[4] != '-') return false;
  const std::size_t size = std::min(line.find(' '), line.size());
  if (size > 40 || (line[size - 1] != 'Z' && line.substr(0, size).find_last_of("+-") < 19)) return false;
  const auto time = parse_iso_time(line.substr(0, size), 0);
  if (!time) return false;
  at = *time;
  line.remove_prefix(std::min(size + 1, line.size()));
  return true;
}

bool take_path(std::string_view& line) {
  static constexpr std::string_view endings[] = {".log", ".txt", ".json",  ".jsonl",   ".out",
                                                 ".err", ".gz",  "syslog", "messages", "dmesg"};
  const std::size_t colon = line.substr(0, 512).find(':');
  if (colon == line.npos || colon == 0) return false;
  const std::string_view path = line.substr(0, colon);
  if (!is_name(path)) return false;
  const bool is_path = path[0] == '/' || path.starts_with("./") || path.find(".log.") != path.npos ||
                       std::any_of(std::begin(endings), std::end(endings),
                                   [&](std::string_view ending) { return path.ends_with(ending); });
  if (!is_path) return false;
  line.remove_prefix(colon + 1);
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits != 0 && digits < 10 && line.substr(digits).starts_with(':')) line.remove_prefix(digits + 1);
  return true;
}

bool take_line_number(std::string_view& line) {
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0 || digits > 9 || !line.substr(digits).starts_with(':') || !begins_own(line.substr(digits + 1)))
    return false;
  line.remove_prefix(digits + 1);
  return true;
}

// "\x1b[36m", with which docker compose colours names.
void skip_colour(std::string_view& line) {
  if (!line.starts_with("\x1b[")) return;
  const std::size_t end = line.find_first_not_of("0123456789;", 2);
  if (end != line.npos && line[end] == 'm') line.remove_prefix(end + 1);
}

// "last message repeated 3 times", of syslogd(8), which does not say of whom.
bool is_repetition(std::string_view line) {
  if (!line.ends_with(" times")) return false;
  std::string_view before = line.substr(0, line.size() - 6);
  const std::size_t digits = before.find_last_not_of("0123456789") + 1;
  if (digits == 0 || digits == before.size()) return false;
  return before.substr(0, digits).ends_with("last message repeated ");
}

bool take_service(std::string_view& line, std::string_view& name) {
  std::string_view rest = line;
  skip_colour(rest);
  if (take(rest, "[pod/")) {
    const std::size_t end = rest.find(']');
    if (end == rest.npos || !is_name(rest.substr(0, end))) return false;
    name = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (!rest.empty() && !take(rest, " ")) return false;
  } else {
    const std::size_t end = std::min(rest.find_first_of(" |"), rest.size());
    const std::string_view before = rest.substr(0, end);
    const bool is_padded = rest.substr(end).starts_with("  ");  // unlike the columns of a table
    rest = without_blanks(rest.substr(end));
    if (!is_padded || !is_name(before) || !take(rest, "|")) return false;
    name = before;
    skip_colour(rest);
    take(rest, " ");
    skip_colour(rest);
  }
  line = rest;
  return true;
}

bool take_facility(std::string_view& line, bool& foreign) {
  static constexpr std::string_view levels[] = {"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};
  static constexpr std::string_view facilities[] = {"kern", "user", "mail", "daemon",   "auth", "syslog", "lpr",
                                                    "news", "uucp", "cron", "authpriv", "ftp",  "local"};
  const std::size_t first = line.substr(0, 12).find(':');
  if (first == line.npos) return false;
  const std::size_t second_colon = line.substr(0, 24).find(':', first + 1);
  if (second_colon == line.npos) return false;
  const auto word = [](std::string_view text) { return text.substr(0, text.find_last_not_of(" 0123456789") + 1); };
  const std::string_view facility = word(line.substr(0, first));
  const std::string_view level = word(line.substr(first + 1, second_colon - first - 1));
  if (std::find(std::begin(facilities), std::end(facilities), facility) == std::end(facilities) ||
      std::find(std::begin(levels), std::end(levels), level) == std::end(levels))
    return false;
  foreign = facility != "kern";
  line.remove_prefix(second_colon + 1);
  take(line, " ");
  return true;
}

// docker's {"log":…}: nothing but these, each once.
class JsonFileHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, JsonFileHandler> {
 public:
  std::string_view log, stream, time;
  bool is_whole() const { return seen_[0] && (stream == "stdout" || stream == "stderr") && !time.empty(); }

  bool Default() { return depth_ > 1; }
  bool StartObject() { return ++depth_ <= 2 && (depth_ == 1 || key_ == attributes); }
  bool EndObject(rapidjson::SizeType) {
    --depth_;
    return true;
  }
  bool StartArray() { return false; }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    static constexpr std::string_view names[] = {"log", "stream", "time", "attrs"};
    if (depth_ != 1) return true;
    key_ = static_cast<std::size_t>(std::find(std::begin(names), std::end(names), std::string_view(text, size)) -
                                    std::begin(names));
    return key_ <= attributes && !std::exchange(seen_[key_], true);
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    std::string_view* const values[] = {&log, &stream, &time};
    if (depth_ != 1) return true;
    if (key_ >= attributes) return false;
    *values[key_] = {text, size};
    return true;
  }

 private:
  static constexpr std::size_t attributes = 3;
  std::array<bool, 4> seen_{};
  std::size_t key_ = 0;
  std::size_t depth_ = 0;
};

// How many of the lines of the head show that a wrapper is there: some, or most, where another text may look like it.
bool is_enough(Wrapper wrapper, std::size_t matches, std::size_t all) {
  switch (wrapper) {
    case Wrapper::quote:
    case Wrapper::path:
    case Wrapper::line_number:
    case Wrapper::time:
    case Wrapper::tag:
    case Wrapper::event:
      return matches * 2 > all;
    default:
      return matches * 8 >= all && matches != 0;
  }
}

constexpr Wrapper all_wrappers[] = {Wrapper::sequence,    Wrapper::event,   Wrapper::quote,    Wrapper::path,
                                    Wrapper::line_number, Wrapper::service, Wrapper::cri,      Wrapper::json_file,
                                    Wrapper::time,        Wrapper::tag,     Wrapper::facility, Wrapper::short_time};

bool is_quote_of_text(Wrapper wrapper) {
  return wrapper == Wrapper::quote || wrapper == Wrapper::path || wrapper == Wrapper::line_number ||
         wrapper == Wrapper::tag;
}

}  // namespace

Unwrapper::Unwrapper(const ParseContext& context, LineRules rules)
    : context_(context), rules_(rules), calendar_(context), entries_(context) {
  const std::string_view head = std::exchange(context_.head, {});
  if (!head.empty()) decide(head);
}

// The head's last line may be cut.
void Unwrapper::decide(std::string_view first_block) {
  is_decided_ = true;
  is_sniffing_ = true;
  std::vector<std::string_view> sample;
  std::size_t indent = first_block.size();
  while (!first_block.empty() && sample.size() < most_sampled) {
    const bool is_whole = first_block.find('\n') != first_block.npos;
    const std::string_view line = without_beginning(without_end(take_line(first_block)));
    if (line.empty() || (!is_whole && !sample.empty())) continue;
    indent = std::min(indent, line.find_first_not_of(" \t"));
    sample.push_back(line);
  }
  is_sniffing_ = !sample.empty();
  if (!is_sniffing_) return;
  indent_ = indent;
  for (std::string_view& line : sample) line.remove_prefix(indent);
  while (wrappers_.size() < most_layers) {
    bool found_one = false;
    for (const Wrapper wrapper : all_wrappers) {
      if (rules_.free_text && !rules_.json && is_quote_of_text(wrapper)) continue;
      if (std::find(wrappers_.begin(), wrappers_.end(), wrapper) != wrappers_.end()) continue;
      std::size_t matches = 0;
      for (const std::string_view line : sample) {
        std::string_view rest = line;
        Stripped found;
        const bool match = strip_one(wrapper, rest, found);
        matches += match ? 1U : 0U;
        if (match && !found.name.empty() && services_.size() < 16 &&
            std::find(services_.begin(), services_.end(), found.name) == services_.end())
          services_.emplace_back(found.name);
      }
      if (!is_enough(wrapper, matches, sample.size())) {
        if (wrapper == Wrapper::service) services_.clear();
        continue;
      }
      wrappers_.push_back(wrapper);
      // What is unescaped lasts until the next line.
      std::vector<std::string> inner;
      for (const std::string_view line : sample) {
        std::string_view rest = line;
        Stripped found;
        strip_one(wrapper, rest, found);
        inner.emplace_back(without_end(rest));
      }
      layers_.push_back(std::move(inner));
      sample.assign(layers_.back().begin(), layers_.back().end());
      found_one = true;
      break;
    }
    if (!found_one) break;
  }
  if (!rules_.free_text || rules_.json)
    for (std::size_t i = 0; i < sample.size(); ++i)
      entries_.expect(sample[i], i + 1 < sample.size() ? sample[i + 1] : std::string_view{});
  layers_.clear();
  is_sniffing_ = false;
  short_time_ = no_time;
  // Whoever may write to the system log chooses a tag as imfile does.
  if (std::find(wrappers_.begin(), wrappers_.end(), Wrapper::tag) != wrappers_.end())
    tagged_by_ = "read the file itself, which the tag was put in front of";
  is_plain_ = wrappers_.empty() && !entries_.expects_any() && indent_ == 0;
}

std::size_t Unwrapper::take_bytes(std::string_view bytes, Observations& observations) {
  const std::size_t taken = entries_.take_bytes(bytes);
  observations.lines +=
      static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken), '\n'));
  return taken;
}

// Without the mark that editors put before a text, and the zeros that a file system leaves after a crash.
std::string_view Unwrapper::without_beginning(std::string_view line) {
  line = without_byte_order_mark(line);
  while (line.starts_with('\0')) line.remove_prefix(1);
  return line;
}

bool Unwrapper::is_believed(std::string_view service) const {
  return services_.size() == 1 ? service == services_[0] : is_called_like(service, rules_.kernel);
}

bool Unwrapper::strip_json_file(std::string_view& line, Stripped& found) {
  if (!line.starts_with("{\"")) return false;
  JsonFileHandler handler;
  if (!read_json(line, unescaped_, handler) || !handler.is_whole()) return false;
  std::string_view text = handler.log;
  found.is_part = !text.ends_with('\n') && text.size() >= docker_part;
  if (!found.is_part) text = without_end(text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0)));
  if (text.find('\n') != text.npos || (rules_.json && !found.is_part && !text.starts_with('{'))) return false;
  found.at = parse_iso_time(handler.time, 0).value_or(no_time);
  found.error_stream = handler.stream == "stderr";
  line = text;
  return true;
}

// dmesg -H tells the minute where it is another one, and what has gone by since the line before.
bool Unwrapper::strip_short_time(std::string_view& line, Stripped& found) {
  if (!line.starts_with('[')) return false;
  const std::size_t close = line.substr(0, 32).find(']');
  if (close == line.npos) return false;
  std::string_view inside = without_blanks(line.substr(1, close - 1));
  if (take(inside, "+")) {
    const std::string text = "[" + std::string(inside) + "]";
    const auto passed = parse_uptime(text);
    if (!passed) return false;
    if (short_time_ != no_time) short_time_ += passed->since_boot;
  } else {
    const std::size_t digit = inside.find_first_of("0123456789 ");
    if (digit == inside.npos || digit == 0) return false;
    const std::string text =
        std::string(inside.substr(0, digit)) + " " + std::string(without_blanks(inside.substr(digit))) + ":00";
    const auto stamp = calendar_.parse(text);
    if (!stamp || stamp->length != text.size()) return false;
    short_time_ = stamp->at;
    is_undated_ = is_undated_ || stamp->undated;
  }
  found.at = short_time_;
  line.remove_prefix(close + 1);
  take(line, " ");
  return true;
}

bool Unwrapper::strip_one(Wrapper wrapper, std::string_view& line, Stripped& found) {
  switch (wrapper) {
    case Wrapper::sequence:
      return take(line, "\x1e");
    case Wrapper::event:
      return take(line, "data: ");
    case Wrapper::quote:
      if (!line.starts_with('>')) return false;
      while (take(line, ">")) take(line, " ");
      return true;
    case Wrapper::path:
      return take_path(line);
    case Wrapper::line_number:
      return take_line_number(line);
    case Wrapper::service:
      return take_service(line, found.name);
    case Wrapper::cri: {
      std::string_view rest = line;
      if (!take_rfc3339(rest, found.at)) return false;
      found.error_stream = take(rest, "stderr ");
      if (!found.error_stream && !take(rest, "stdout ")) return false;
      // Tags may have more parts: "F:…".
      const std::string_view tags = take_word(rest);
      if (!tags.starts_with('F') && !tags.starts_with('P')) return false;
      found.is_part = tags[0] == 'P';
      line = rest;
      return true;
    }
    case Wrapper::json_file:
      return strip_json_file(line, found);
    case Wrapper::time: {
      std::string_view rest = line;
      if (!take_rfc3339(rest, found.at)) return false;
      // A daemon's log has milliseconds or microseconds; of nine digits zeros at the end may be left out.
      const std::size_t digits = line[19] == '.' ? line.find_first_not_of("0123456789", 20) - 20 : 0;
      if (is_sniffing_ && digits < 7 && !begins_own(rest)) return false;
      if (rules_.json && !rest.starts_with('{')) return false;
      line = rest;
      return true;
    }
    case Wrapper::tag:
      return strip_tag(line, found);
    case Wrapper::facility:
      return take_facility(line, found.foreign);
    case Wrapper::short_time:
      return strip_short_time(line, found);
  }
  return false;
}

// "host tag: ", "tag: ", or what RFC 5424 has in their place: the name of the program, and three fields behind it.
std::string_view Unwrapper::take_tag(std::string_view& rest, Micros& at) {
  const bool has_priority = rest.starts_with('<') && rest.substr(0, 5).find('>') != rest.npos;
  if (has_priority) rest.remove_prefix(rest.find('>') + 1);
  const bool is_5424 = has_priority && take(rest, "1 ");
  const auto stamp = calendar_.parse(rest);
  if (stamp) {
    if (stamp->length >= rest.size()) return {};
    at = stamp->at;
    rest = without_blanks(rest.substr(stamp->length));
  }
  if (is_5424) {
    take_word(rest);  // host
    const std::string_view tag = take_word(rest);
    take_word(rest);
    take_word(rest);
    return take(rest, "- ") ? tag : std::string_view();
  }
  std::string_view tag = take_word(rest);
  if (stamp && !tag.ends_with(':')) tag = take_word(rest);
  if (!tag.ends_with(':') || tag.find('[') != tag.npos) return {};
  tag.remove_suffix(1);
  return is_name(tag) ? tag : std::string_view();
}

bool Unwrapper::strip_tag(std::string_view& line, Stripped& found) {
  std::string_view rest = line;
  Micros at = no_time;
  const std::string_view tag = take_tag(rest, at);
  if (tag.empty() || is_known_program(tag) || !is_called_like(tag, rules_.kernel)) return false;
  // Lines that go on with the one before begin like nothing: once it is known, the tag tells.
  const bool is_met = std::find(tags_.begin(), tags_.end(), tag) != tags_.end();
  if (is_sniffing_ ? !begins_own(rest) && !rest.starts_with(';') && !rest.empty() : !is_met) return false;
  if (is_sniffing_ && !is_met && tags_.size() < 8) tags_.emplace_back(tag);
  found.at = at;
  line = rest;
  return true;
}

Unwrapper::Text Unwrapper::join(const Stripped& found, std::string_view line, std::uint64_t& begun) {
  Part& part = parts_[found.error_stream ? 1 : 0];
  if (part.text.empty()) {
    part.at = found.at;
    part.line = begun;
    part.too_long = false;
  }
  if (part.text.size() + line.size() > longest_line)
    part.too_long = true;
  else
    part.text += line;
  if (found.is_part) return {};
  begun = part.line;
  outer_time_ = part.at;
  joined_.clear();
  joined_.swap(part.text);
  return part.too_long ? Text{{}, too_long} : Text{joined_, {}};
}

Unwrapper::Text Unwrapper::strip(std::string_view line, std::uint64_t& begun) {
  if (indent_ != 0) line.remove_prefix(std::min(line.find_first_not_of(" \t"), std::min(indent_, line.size())));
  for (const Wrapper wrapper : wrappers_) {
    Stripped found;
    if (!strip_one(wrapper, line, found)) continue;
    if (found.at != no_time) outer_time_ = found.at;
    if (found.foreign && rules_.kernel) return {{}, not_kernel};
    if (!found.name.empty() && !rules_.free_text && !is_believed(found.name)) return {{}, other_container};
    if (found.is_part || !parts_[found.error_stream ? 1 : 0].text.empty()) {
      const Text joined = join(found, line, begun);
      if (joined.line.empty()) return joined;
      line = joined.line;
    }
  }
  return {without_end(line), {}};
}

Unwrapper::Text Unwrapper::text_of(std::string_view line, std::uint64_t number) {
  if (line.empty()) return {};
  const char first = line.front();
  if (rules_.one_line && is_continuation(line)) return {{}, continuation};
  // Of tail and head for several files, of grep, and journalctl's own words.
  if (first == '=' && line.starts_with("==> ") && line.ends_with(" <==")) return {};
  if (first == '-' && !rules_.free_text &&
      (line.starts_with("-- Logs begin") || line.starts_with("-- Journal begins") || line == "--" ||
       (line.starts_with("-- ") && line.ends_with(" --"))))
    return {};
  if (first == '{' && !rules_.kernel && !rules_.free_text && line.find("\"CONTAINER_NAME\"") != line.npos)
    return container_text(line, number);
  if (line.back() == ']') return repeated(line);
  if (!rules_.free_text && is_repetition(line)) return {{}, repetition};
  return {line, {}};
}

// An entry of docker's journald driver: the container's own line, in an entry of dockerd's.
Unwrapper::Text Unwrapper::container_text(std::string_view line, std::uint64_t number) {
  const auto entry = journal_.read(line);
  if (!entry || entry->container.empty()) return {line, {}};
  if (services_.size() < 16 && std::find(services_.begin(), services_.end(), entry->container) == services_.end())
    services_.emplace_back(entry->container);
  if (!is_believed(entry->container)) return {{}, other_container};
  outer_time_ = entry->at;
  if (!entry->part_id.empty()) {
    if (const auto reason = join_entry(*entry, number); !reason.empty() || contained_.empty()) return {{}, reason, 0};
  } else {
    contained_.assign(without_end(entry->message));
  }
  return contained_.find('\n') == std::string::npos ? Text{contained_, {}} : Text{line, {}};
}

// docker splits a line into entries, all but the last with CONTAINER_PARTIAL_MESSAGE. Those of standard output and
// error, and of several containers, stand between each other. Leaves the whole line in contained_, or nothing.
std::string_view Unwrapper::join_entry(const Envelope& entry, std::uint64_t number) {
  contained_.clear();
  auto open = std::find_if(open_entries_.begin(), open_entries_.end(),
                           [&](const OpenEntry& one) { return one.id == entry.part_id; });
  if (open == open_entries_.end()) {
    if (entry.part_number != 1) return without_beginning_part;
    if (open_entries_.size() == most_open) return too_many_parts;
    open = open_entries_.insert(open, {std::string(entry.part_id), {{}, entry.at, number, false}});
  }
  Part& part = open->part;
  part.too_long = part.too_long || part.text.size() + entry.message.size() > longest_line;
  if (!part.too_long) part.text += entry.message;
  if (entry.is_part) return {};
  const bool is_too_long = part.too_long;
  outer_time_ = part.at;
  contained_.assign(without_end(part.text));
  open_entries_.erase(open);
  return is_too_long ? too_long : std::string_view{};
}

// rsyslog's "kernel: message repeated 3 times: [ … ]". Any process can send that: it is the message once. How often is
// believed where a tag, which such a process does not know, has to stand in the message; and then who says so decides
// how much there is to read: no more than a few times what is there.
Unwrapper::Text Unwrapper::repeated(std::string_view line) {
  static constexpr std::string_view mark = ": message repeated ";
  const std::size_t begin = line.find(mark);
  if (begin == line.npos) return {line, {}};
  std::string_view rest = line.substr(begin + mark.size());
  const auto times = take_number<std::uint32_t>(rest);
  if (!times || *times == 0 || !take(rest, " times: [")) return {line, {}};
  rest.remove_suffix(1);
  repeated_.assign(line.substr(0, begin + 2));
  repeated_ += without_end(without_blanks(rest));
  if (!rules_.counts || *times == 1) return {repeated_, {}};
  if (context_.tags.empty()) return {repeated_, {}, 1, repetition};
  const std::uint64_t more = std::min<std::uint64_t>(*times - 1, repeats_left_);
  repeats_left_ -= more;
  return {repeated_, {}, static_cast<std::uint32_t>(1 + more)};
}

std::string unwrapped(std::string_view head, LineRules rules) {
  rules.counts = false;
  ParseContext context;
  context.head = head;
  Unwrapper unwrapper(context, rules);
  Observations scratch;
  std::string text;
  const auto append = [&](std::string_view line, std::uint64_t) {
    text += line;
    text += '\n';
    return std::string_view{};
  };
  unwrapper.feed(head, scratch, append);
  unwrapper.finish(scratch, append);
  if (!head.ends_with('\n') && !text.empty()) text.pop_back();
  return text;
}

}  // namespace egressc::sources
