#include <cstring>

#include "sources/envelope/envelope.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

// "<30>" (RFC 3164, 4.1.1).
bool take_priority(std::string_view& text) {
  if (!text.starts_with('<')) return false;
  const std::size_t stop = text.substr(0, 5).find('>');
  if (stop == text.npos || stop < 2 || !is_number(text.substr(1, stop - 1))) return false;
  text.remove_prefix(stop + 1);
  return true;
}

// The version that RFC 5424 puts right after the priority.
bool take_version(std::string_view& text) {
  const std::size_t blank = text.substr(0, 3).find(' ');
  if (blank == 0 || blank == text.npos || !is_number(text.substr(0, blank))) return false;
  text.remove_prefix(blank + 1);
  return true;
}

// "-" or "[id name=\"value\" …][…]" (RFC 5424, 6.3); inside a value `"`, `\` and `]` are escaped.
void skip_structured_data(std::string_view& text) {
  take(text, "-");
  while (text.starts_with('[')) {
    bool quoted = false;
    std::size_t i = 1;
    for (; i < text.size() && (quoted || text[i] != ']'); ++i) {
      if (text[i] == '"') quoted = !quoted;
      if (text[i] == '\\') ++i;
    }
    text.remove_prefix(std::min(i + 1, text.size()));
  }
  text = without_byte_order_mark(without_blanks(text));
}

struct Tag {
  std::string_view program, process;
};

// "kernel:" or "dnsmasq[712]:".
bool split_tag(std::string_view token, Tag& tag) {
  if (token.size() < 2 || !token.ends_with(':') || token.starts_with('[')) return false;
  token.remove_suffix(1);
  tag = {token, {}};
  const std::size_t bracket = token.find('[');
  if (bracket == token.npos || !token.ends_with(']')) return true;
  const std::string_view process = token.substr(bracket + 1, token.size() - bracket - 2);
  if (is_number(process)) tag = {token.substr(0, bracket), process};
  return true;
}

// Finds the tag among the first tokens: right at the start, after a host, or after a host and busybox's
// "facility.level". `program` narrows it to one program's tags and lets it stand anywhere in the first `limit` tokens,
// but not behind the tag of another.
bool take_tag(std::string_view program, int limit, Envelope& envelope) {
  std::string_view text = envelope.message;
  Tag tag;
  for (int i = 0; i < limit && !text.empty(); ++i) {
    const std::string_view token = take_word(text);
    const bool is_tag = split_tag(token, tag);
    // Behind a tag that tells a process all is that process's text.
    if (is_tag && (program.empty() || tag.program == program || !tag.process.empty())) {
      envelope.program = tag.program;
      envelope.process = tag.process;
      envelope.message = text;
      return true;
    }
    if (program.empty() && (token.empty() || token.starts_with('[') || (i == 1 && token.find('.') == token.npos)))
      return false;
  }
  return false;
}

// `journalctl -o with-unit` has the name of a unit where others have the program's. A user's own units have that of the
// user's manager before them.
void take_unit(Envelope& envelope) {
  constexpr std::string_view service = ".service";
  if (!envelope.program.ends_with(service) || envelope.program.find('/') != std::string_view::npos) return;
  envelope.unit = envelope.program;
  envelope.program.remove_suffix(service.size());
}

// pvefw-logger's "101 6 PVEFW-HOST-OUT " before the date: the guest, the level, the chain.
std::string_view without_chain(std::string_view text) {
  for (int i = 0; i < 3; ++i)
    if (const auto token = take_word(text); token.empty() || (i < 2 && !is_number(token))) return {};
  return text;
}

// A line without a tag, as ulogd writes it: "host  IN=…" or "host prefix IN=…". One word alone is the prefix.
void skip_host(Envelope& envelope) {
  std::string_view text = envelope.message;
  const std::string_view token = take_word(text);
  if (token.empty() || token.starts_with('[') || text.empty()) return;
  envelope.message = text;
}

}  // namespace

EnvelopeReader::EnvelopeReader(std::string_view program, const ParseContext& context, Observations& observations)
    : program_(program), context_(context), calendar_(context), observations_(observations) {}

bool EnvelopeReader::take_time(Envelope& envelope) {
  std::string_view& text = envelope.message;
  // dmesg -T has brackets; "*" and "." are what routers say of their clocks.
  const bool bracketed = text.starts_with('[');
  const bool marked = text.size() > 1 && (text[0] == '*' || text[0] == '.') && is_letter(text[1]);
  const std::size_t before = bracketed || marked ? 1 : 0;
  auto stamp = calendar_.parse(text.substr(before));
  if (!stamp) {
    const std::string_view rest = without_chain(text);
    stamp = rest.empty() ? std::nullopt : calendar_.parse(rest);
    if (!stamp) return false;
    text = rest;
  }
  envelope.at = stamp->at;
  note(*stamp, context_, observations_);
  text.remove_prefix(std::min(stamp->length + before, text.size()));
  if (bracketed) skip_delta(text);
  take(text, bracketed ? "]" : ":");
  take(text, " ");
  return true;
}

// Takes dmesg's "[ 4423.688133]" off the message, and the "[ T1234]" that CONFIG_PRINTK_CALLER adds.
void EnvelopeReader::read_since_boot(Envelope& envelope) {
  std::string_view& text = envelope.message;
  const auto uptime = parse_uptime(without_blanks(text));
  if (!uptime) return;
  text = without_blanks(text).substr(uptime->length);
  if (text.starts_with('[')) {
    const std::size_t caller = text.find_first_not_of(' ', 1);
    const std::size_t stop = caller == text.npos ? text.npos : text.find_first_not_of("0123456789", caller + 1);
    if (stop != text.npos && (text[caller] == 'T' || text[caller] == 'C') && text[stop] == ']')
      text.remove_prefix(stop + 1);
  }
  take(text, " ");
  if (envelope.at != no_time || outer_time() != no_time) return;
  if (context_.boot_time)
    envelope.at = *context_.boot_time + uptime->since_boot;
  else
    observations_.uptime_only = true;
}

// What the next line is likely to begin with as well.
void EnvelopeReader::remember(std::string_view line, const Envelope& envelope) {
  const auto size = static_cast<std::size_t>(envelope.message.data() - line.data());
  if (size > beginning_.size() || line[size - 1] != ' ') return;
  std::memcpy(beginning_.data(), line.data(), size);
  beginning_size_ = size;
  const auto same_text = [&](std::string_view part) {
    return part.empty() ? part : std::string_view(beginning_.data() + (part.data() - line.data()), part.size());
  };
  last_.at = envelope.at;
  last_.tag = envelope.tag;
  last_.program = same_text(envelope.program);
  last_.process = same_text(envelope.process);
  last_.unit = same_text(envelope.unit);
}

Envelope EnvelopeReader::read_syslog(std::string_view line) {
  Envelope envelope;
  if (beginning_size_ != 0 && line.size() >= beginning_size_ &&
      std::memcmp(line.data(), beginning_.data(), beginning_size_) == 0) {
    envelope.at = last_.at;
    envelope.program = last_.program;
    envelope.process = last_.process;
    envelope.unit = last_.unit;
    envelope.tag = last_.tag;
    envelope.message = line.substr(beginning_size_);
    read_since_boot(envelope);
    return envelope;
  }

  std::string_view text = line;
  const bool rfc5424 = take_priority(text) && take_version(text);
  envelope.message = text;
  const bool dated = take_time(envelope);
  if (rfc5424) {
    text = envelope.message;
    if (!dated) take_word(text);  // "-": no time
    take_word(text);              // host
    envelope.program = take_word(text);
    if (envelope.program == "-") envelope.program = {};
    envelope.app_name = !envelope.program.empty();
    envelope.process = take_word(text);
    if (envelope.process == "-") envelope.process = {};
    take_word(text);  // kind of message
    skip_structured_data(text);
    envelope.message = text;
  } else if (dated || outer_time() != no_time) {
    if (take_tag({}, 3, envelope)) {
      envelope.tag = static_cast<std::size_t>(envelope.program.data() - line.data());
      take_unit(envelope);
      if (dated) remember(line, envelope);
    } else {
      skip_host(envelope);
    }
  } else {
    read_since_boot(envelope);
    take_tag(program_, 6, envelope);
  }
  read_since_boot(envelope);
  if (envelope.at == no_time) envelope.at = outer_time();
  return envelope;
}

}  // namespace egressc::sources
