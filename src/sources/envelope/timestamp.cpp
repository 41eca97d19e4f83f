#include <cstring>

#include "sources/envelope/envelope.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// 1..12, or 0.
unsigned month_of(std::string_view text) {
  static constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() < 3) return 0;
  for (std::size_t i = 0; i < names.size(); i += 3)
    if (text.starts_with(names.substr(i, 3))) return static_cast<unsigned>(i / 3 + 1);
  return 0;
}

// The months as strftime(3) abbreviates them in the locales of glibc, where they are not those of English.
constexpr std::string_view local_months[] = {
    "jan feb mär apr mai jun jul aug sep okt nov dez",                       // de
    "jän feb märz apr mai juni juli aug sep okt nov dez",                    // de_AT
    "janv févr mars avril mai juin juil août sept oct nov déc",              // fr
    "jan fév mar avr mai jun jui aoû sep oct nov déc",                       // fr of older glibc
    "ene feb mar abr may jun jul ago sep oct nov dic",                       // es
    "gen feb mar apr mag giu lug ago set ott nov dic",                       // it
    "jan fev mar abr mai jun jul ago set out nov dez",                       // pt
    "jan feb mrt apr mei jun jul aug sep okt nov dec",                       // nl
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",                       // pl
    "jan feb mar apr maj jun jul aug sep okt nov dec",                       // sv, da
    "jan feb mars april mai juni juli aug sept okt nov des",                 // nb, nn
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",  // fi
    "led úno bře dub kvě čen čec srp zář říj lis pro",                       // cs
    "jan feb mar apr máj jún júl aug sep okt nov dec",                       // sk
    "jan febr márc ápr máj jún júl aug szept okt nov dec",                   // hu
    "oca şub mar nis may haz tem ağu eyl eki kas ara",                       // tr
    "ian feb mar apr mai iun iul aug sep oct noi dec",                       // ro
    "gen febr març abr maig juny jul ag set oct nov des",                    // ca
    "jaan veebr märts apr mai juuni juuli aug sept okt nov dets",            // et
    "янв фев мар апр мая июн июл авг сен окт ноя дек",                       // ru
    "янв фев мар апр май июн июл авг сен окт ноя дек",                       // ru
    "яну фев мар апр май юни юли авг сеп окт ное дек",                       // bg
    "јан феб мар апр мај јун јул авг сеп окт нов дец",                       // sr
    "січ лют бер кві тра чер лип сер вер жов лис гру",                       // uk
    "ιαν φεβ μάρ απρ μάι ιούν ιούλ αύγ σεπ οκτ νοέ δεκ",                     // el
    "ιαν φεβ μαρ απρ μαΐ ιουν ιουλ αυγ σεπ οκτ νοε δεκ",                     // el
    "jan feb mar apr maj jun jul avg sep okt nov dec",                       // sl
    "saus vas kov bal geg birž liep rugp rugs spal lapkr gruod",             // lt
    "jan feb mar apr mai jūn jūl aug sep okt nov dec",                       // lv
    "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",                    // ja, zh
    "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",                    // ko
};

// The letters of ASCII, Latin, Greek and Cyrillic in lower case; anything else as it is.
std::string lower_case(std::string_view text) {
  std::string lower;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const auto point = take_code_point(text, at);
    if (!point) return {};
    const bool latin = (*point >= 0xc0 && *point <= 0xde) || *point == 0x15e || *point == 0x158 || *point == 0x10c;
    const bool greek = *point >= 0x391 && *point <= 0x3a9;
    const bool cyrillic = *point >= 0x410 && *point <= 0x42f;
    if (*point < 0x80) {
      lower += to_lower(text[begin]);
    } else if (latin || greek || cyrillic) {
      const char32_t small = *point + (*point >= 0x100 && *point < 0x200 ? 1 : 0x20);
      lower += static_cast<char>(0xc0 | (small >> 6));
      lower += static_cast<char>(0x80 | (small & 0x3f));
    } else {
      lower += text.substr(begin, at - begin);
    }
  }
  return lower;
}

// 1..12, or 0; with a full stop behind it or not.
unsigned local_month(std::string_view word) {
  if (word.ends_with('.')) word.remove_suffix(1);
  const std::string lower = lower_case(word);
  for (std::string_view names : local_months)
    for (unsigned month = 1; !names.empty(); ++month)
      if (take_word(names) == lower && !lower.empty()) return month;
  return 0;
}

// The size of the word before the first blank, if it may be a month or a weekday, or 0.
std::size_t word_size(std::string_view text) {
  constexpr std::size_t longest_word = 16;
  const std::size_t blank = text.substr(0, longest_word).find(' ');
  if (blank == text.npos) return 0;
  const auto fits = [](char c) { return is_letter_or_digit(c) || c == '.' || static_cast<unsigned char>(c) >= 0x80; };
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(blank), fits) ? blank : 0;
}

int to_int(std::string_view digits) { return parse_number<int>(digits).value_or(0); }

bool starts_with_weekday(std::string_view text) {
  static constexpr std::string_view names = "MonTueWedThuFriSatSun";
  if (text.size() < 4 || text[3] != ' ') return false;
  for (std::size_t i = 0; i < names.size(); i += 3)
    if (text.starts_with(names.substr(i, 3))) return true;
  return false;
}

// "hh:mm:ss" with an optional fraction: its length, or 0. Whether the numbers are in range shows later.
std::size_t clock_length(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return 0;
  for (const unsigned i : {0U, 1U, 3U, 4U, 6U, 7U})
    if (!is_digit(text[i])) return 0;
  if (text.size() < 10 || (text[8] != '.' && text[8] != ',')) return 8;
  const std::size_t digits = count_digits(text.substr(9));
  return digits == 0 ? 8 : 9 + digits;
}

// The parts of a date in another order, put into ISO 8601 for parse_iso_time(), which knows what exists.
class IsoText {
 public:
  IsoText(unsigned month, unsigned day, std::string_view clock)
      : size_(11 + std::min(clock.size(), text_.size() - 17)) {
    put(5, month);
    put(8, day);
    std::memcpy(text_.data() + 11, clock.data(), size_ - 11);
  }

  std::optional<Micros> in_year(int year, int utc_offset_minutes) {
    if (year < 0 || year > 9999) return std::nullopt;
    put(0, static_cast<unsigned>(year) / 100);
    put(2, static_cast<unsigned>(year) % 100);
    return parse_iso_time({text_.data(), size_}, utc_offset_minutes);
  }

 private:
  void put(std::size_t position, unsigned number) {
    text_[position] = static_cast<char>('0' + number / 10 % 10);
    text_[position + 1] = static_cast<char>('0' + number % 10);
  }
  std::array<char, 48> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T'};
  std::size_t size_;
};

// The year in which the date is nearest to `reference`. Four years to both sides hold a 29 February, but for those
// around 2100.
Micros nearest(IsoText& text, Micros reference, int utc_offset_minutes) {
  const int around = civil_from_days(reference / second / 86400).year;
  Micros best = no_time;
  Micros best_distance = 0;
  for (int year = around - 4; year <= around + 4; ++year) {
    const auto at = text.in_year(year, utc_offset_minutes);
    if (!at) continue;
    const Micros distance = *at < reference ? reference - *at : *at - reference;
    if (best != no_time && distance >= best_distance) continue;
    best = *at;
    best_distance = distance;
  }
  return best;
}

// What stands behind the name of a month: " 3 07:44:18", " 23 2026 07:44:18", " 23 07:44:18 2026".
struct NamedDate {
  unsigned day = 0;
  std::optional<int> year;
  std::string_view clock;
  std::size_t length = 0;  // 0: no such date
};

NamedDate parse_named_date(std::string_view text) {
  constexpr std::size_t year_digits = 4;
  NamedDate date;
  if (text.size() < 4 || text[0] != ' ') return date;
  std::size_t position = text[1] == ' ' ? 2 : 1;
  const std::size_t day_digits = count_digits(text.substr(position));
  if (day_digits == 0 || day_digits > 2) return date;
  date.day = static_cast<unsigned>(to_int(text.substr(position, day_digits)));
  position += day_digits;
  if (position >= text.size() || text[position] != ' ') return date;
  ++position;
  // Cisco's, and those of its kind.
  if (count_digits(text.substr(position, year_digits + 1)) == year_digits &&
      text.substr(position + year_digits).starts_with(' ')) {
    date.year = to_int(text.substr(position, year_digits));
    position += year_digits + 1;
  }
  date.clock = text.substr(position, clock_length(text.substr(position)));
  if (date.clock.empty()) return date;
  position += date.clock.size();
  const std::string_view rest = text.substr(position);
  if (!date.year && (rest.starts_with(" 19") || rest.starts_with(" 20")) &&
      count_digits(rest.substr(1)) == year_digits &&
      (rest.size() == 1 + year_digits || rest[1 + year_digits] == ' ' || rest[1 + year_digits] == ']')) {
    date.year = to_int(rest.substr(1, year_digits));
    position += 1 + year_digits;
  }
  date.length = position;
  return date;
}

// The month and what is behind it, in English or another language.
struct FoundDate {
  unsigned month = 0;
  std::size_t position = 0;  // where the date ends
  NamedDate date;
};

FoundDate find_local_date(std::string_view text) {
  std::size_t position = 0;
  for (int words = 0; words < 2; ++words) {
    // The word before the date is the month, the one before that a weekday.
    const std::size_t size = word_size(text.substr(std::min(position, text.size())));
    if (size == 0) break;
    const NamedDate date = parse_named_date(text.substr(position + size));
    if (date.length != 0) return {local_month(text.substr(position, size)), position + size + date.length, date};
    position += size + 1;
  }
  return {};
}

FoundDate find_date(std::string_view text) {
  // "Nov 23 07:44:18 " without a year, as nearly all are.
  constexpr std::size_t usual = 15;
  if (text.size() > usual + 1 && text[3] == ' ' && text[6] == ' ' && text[9] == ':' && text[usual] == ' ' &&
      !is_digit(text[usual + 1]) && is_digit(text[5]) && (text[4] == ' ' || is_digit(text[4])))
    if (const unsigned month = month_of(text); month != 0 && clock_length(text.substr(7, 8)) != 0)
      return {month,
              usual,
              {static_cast<unsigned>((text[4] == ' ' ? 0 : text[4] - '0') * 10 + (text[5] - '0')), std::nullopt,
               text.substr(7, 8), usual}};
  const std::size_t month_at = starts_with_weekday(text) ? 4 : 0;
  const unsigned month = month_of(text.substr(month_at));
  if (month == 0) return find_local_date(text);
  const std::size_t month_end = std::min(month_at + 3, text.size());
  const NamedDate date = parse_named_date(text.substr(month_end));
  return date.length == 0 ? find_local_date(text) : FoundDate{month, month_end + date.length, date};
}

// "Fri 2026-11-27 05:49:45.123 UTC", as systemd writes it: in whatever language, and with the zone's name, which says
// nothing but for UTC; else it is what --timezone is.
std::optional<Stamp> parse_weekday_iso(std::string_view text, const ParseContext& context) {
  const std::size_t weekday = word_size(text) + 1;
  if (weekday == 1 || weekday + 21 > text.size() || text[weekday + 4] != '-' || text[weekday + 10] != ' ')
    return std::nullopt;
  const std::string_view date = text.substr(weekday);
  const std::size_t clock = clock_length(date.substr(11));
  if (clock == 0 || !date.substr(11 + clock).starts_with(' ')) return std::nullopt;
  const std::size_t zone_at = 11 + clock + 1;
  const std::string_view zone = up_to(date.substr(zone_at), ' ');
  int offset = context.utc_offset_minutes;
  if (zone == "UTC" || zone == "GMT") offset = 0;
  const bool signed_zone = zone.size() >= 3 && (zone[0] == '+' || zone[0] == '-') && is_number(zone.substr(1));
  if (signed_zone && (zone.size() == 3 || zone.size() == 5)) {
    offset = to_int(zone.substr(1, 2)) * 60 + (zone.size() == 5 ? to_int(zone.substr(3)) : 0);
    if (zone[0] == '-') offset = -offset;
  } else if (zone.empty() || !std::all_of(zone.begin(), zone.end(), is_letter)) {
    return std::nullopt;
  }
  const auto at = parse_iso_time(date.substr(0, 11 + clock), offset);
  if (!at) return std::nullopt;
  return Stamp{*at, weekday + zone_at + zone.size(), false, false, !signed_zone && zone != "UTC" && zone != "GMT"};
}

// "Nov 23 07:44:18" and "Mon Nov 23 07:44:18 2026", also in another language than English.
std::optional<Stamp> parse_named_month(std::string_view text, const ParseContext& context) {
  const auto [month, end, date] = find_date(text);
  if (month == 0) return parse_weekday_iso(text, context);

  IsoText iso(month, date.day, date.clock);
  Stamp stamp{no_time, end};
  stamp.zoneless = true;
  if (date.year) {
    stamp.at = iso.in_year(*date.year, context.utc_offset_minutes).value_or(no_time);
  } else if (context.year) {
    stamp.at = iso.in_year(*context.year, context.utc_offset_minutes).value_or(no_time);
    stamp.yearless = true;
  } else if (context.reference != no_time) {
    stamp.at = nearest(iso, context.reference, context.utc_offset_minutes);
  } else {
    stamp.at = iso.in_year(2000, context.utc_offset_minutes).value_or(no_time);
    stamp.undated = stamp.yearless = true;
  }
  return stamp;
}

// "1795419858.123456", as journalctl -o short-unix has it.
std::optional<Stamp> parse_unix(std::string_view text) {
  constexpr std::size_t seconds_digits = 10;
  constexpr std::size_t size = seconds_digits + 7;
  if (text.size() <= size || text[seconds_digits] != '.' || text[size] != ' ' ||
      count_digits(text.substr(seconds_digits + 1, size)) != 6)
    return std::nullopt;
  const auto seconds = parse_number<std::int64_t>(text.substr(0, seconds_digits));
  if (!seconds || *seconds < 0) return std::nullopt;
  return Stamp{*seconds * second + to_int(text.substr(seconds_digits + 1, 6)), size};
}

// "23/Nov/2026:07:44:18 +0200".
std::optional<Stamp> parse_slashed(std::string_view text, const ParseContext& context) {
  if (text.size() < 20 || text[2] != '/' || text[6] != '/' || text[11] != ':' || count_digits(text) != 2 ||
      count_digits(text.substr(7)) != 4 || clock_length(text.substr(12, 8)) == 0)
    return std::nullopt;
  const unsigned month = month_of(text.substr(3));
  if (month == 0) return std::nullopt;
  std::array<char, 16> clock{};
  std::memcpy(clock.data(), text.data() + 12, 8);
  Stamp stamp{no_time, 20};
  stamp.zoneless = true;
  std::size_t size = 8;
  if (text.size() >= 26 && text[20] == ' ' && (text[21] == '+' || text[21] == '-') &&
      count_digits(text.substr(22, 4)) == 4) {
    std::memcpy(clock.data() + 8, text.data() + 21, 5);
    size = 13;
    stamp.length = 26;
    stamp.zoneless = false;
  }
  IsoText iso(month, static_cast<unsigned>(to_int(text.substr(0, 2))), {clock.data(), size});
  stamp.at = iso.in_year(to_int(text.substr(7, 4)), context.utc_offset_minutes).value_or(no_time);
  return stamp;
}

// BIND's "23-Nov-2026 07:44:18.123".
std::optional<Stamp> parse_dashed(std::string_view text, const ParseContext& context) {
  if (text.size() < 20 || text[6] != '-' || text[11] != ' ' || count_digits(text) != 2 ||
      count_digits(text.substr(7)) != 4)
    return std::nullopt;
  const unsigned month = month_of(text.substr(3));
  const std::size_t clock = clock_length(text.substr(12));
  if (month == 0 || clock == 0) return std::nullopt;
  IsoText iso(month, static_cast<unsigned>(to_int(text.substr(0, 2))), text.substr(12, clock));
  return Stamp{iso.in_year(to_int(text.substr(7, 4)), context.utc_offset_minutes).value_or(no_time), 12 + clock, false,
               false, true};
}

std::optional<Stamp> parse_iso(std::string_view text, const ParseContext& context) {
  if (text.size() < 16 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::size_t stop = text.find_first_not_of("0123456789:.,+-Z", 11);
  std::size_t length = std::min(stop, text.size());
  while (length > 16 && !is_digit(text[length - 1]) && text[length - 1] != 'Z') --length;
  const auto at = parse_iso_time(text.substr(0, length), context.utc_offset_minutes);
  if (!at) return std::nullopt;
  // "Z", "+02", "+0200" or "+02:00" at the end.
  const auto is_sign = [&](std::size_t back) {
    return length > 16 + back && (text[length - back] == '+' || text[length - back] == '-');
  };
  const bool has_zone = text[length - 1] == 'Z' || is_sign(6) || is_sign(5) || is_sign(3);
  return Stamp{*at, length, false, false, !has_zone};
}

// The timestamp that has text[position] as its first '-', '/' or ':'.
Micros time_around(std::string_view text, std::size_t position, const ParseContext& context) {
  const auto stamp_at = [&](std::size_t back) -> Micros {
    if (position < back) return no_time;
    const std::size_t start = position - back;
    if (start > 0 && is_digit(text[start]) && is_digit(text[start - 1])) return no_time;
    const auto stamp = parse_stamp(text.substr(start, 64), context);
    return stamp && !stamp->undated ? stamp->at : no_time;
  };
  if (text[position] == '/') return stamp_at(2);
  if (text[position] == ':') return stamp_at(13);  // "Mon Nov 23 07"
  const Micros at = stamp_at(4);
  return at != no_time ? at : stamp_at(2);  // BIND's "23-Nov-2026"
}

}  // namespace

std::optional<Stamp> parse_stamp(std::string_view text, const ParseContext& context) {
  if (text.empty()) return std::nullopt;
  if (!is_digit(text[0])) return parse_named_month(text, context);
  if (text.size() > 2 && text[2] == '/') return parse_slashed(text, context);
  if (text.size() > 2 && text[2] == '-') return parse_dashed(text, context);
  if (text.size() > 10 && text[10] == '.') return parse_unix(text);
  if (text.size() > 2 && (static_cast<unsigned char>(text[1]) >= 0x80 || static_cast<unsigned char>(text[2]) >= 0x80))
    return parse_named_month(text, context);  // "6月"
  return parse_iso(text, context);
}

void skip_delta(std::string_view& text) {
  std::string_view rest = without_blanks(text);
  if (take(rest, "<")) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" 0123456789.+*"), rest.size()));
    if (!take(rest, ">")) return;
  }
  text = rest;
}

std::optional<Uptime> parse_uptime(std::string_view text) {
  if (!text.starts_with('[')) return std::nullopt;
  std::size_t at = 1;
  while (at < text.size() && text[at] == ' ') ++at;
  const auto take_digits = [&](std::size_t most, Micros& number) {
    std::size_t count = 0;
    for (; count < most && at < text.size() && is_digit(text[at]); ++count) number = number * 10 + (text[at++] - '0');
    return count;
  };
  Micros seconds = 0;
  if (take_digits(10, seconds) == 0 || at == text.size() || text[at++] != '.') return std::nullopt;
  Micros micros = 0;
  std::size_t places = take_digits(6, micros);
  if (places == 0) return std::nullopt;
  for (; places < 6; ++places) micros *= 10;
  std::string_view rest = text.substr(at);
  rest.remove_prefix(count_digits(rest));
  if (!rest.starts_with(']')) skip_delta(rest);
  if (!take(rest, "]")) return std::nullopt;
  return Uptime{seconds * second + micros, text.size() - rest.size()};
}

std::optional<Stamp> Calendar::parse(std::string_view text) {
  if (context_.outer_time != nullptr && *context_.outer_time != no_time) {
    context_.reference = *context_.outer_time;
    context_.year.reset();
  }
  auto stamp = parse_stamp(text, context_);
  if (stamp && stamp->yearless && stamp->at != no_time) count_years(text, *stamp);
  return stamp;
}

void Calendar::count_years(std::string_view text, Stamp& stamp) {
  constexpr Micros half_a_year = Micros{183} * 86400 * second;
  constexpr Micros nearly_a_year = Micros{330} * 86400 * second;
  const bool turned = last_ != no_time && last_ - stamp.at > half_a_year;
  // A line of the old year among the first ones of the new.
  const bool late = has_turned_ && stamp.at - last_ > nearly_a_year;
  if (!turned && !late) {
    last_ = stamp.at;
    return;
  }
  ParseContext other = context_;
  other.year = civil_from_days(stamp.at / second / 86400).year + (turned ? 1 : -1);
  const auto moved = parse_stamp(text, other);
  if (!moved || moved->at == no_time) return;
  stamp.at = moved->at;
  if (!turned) return;
  has_turned_ = true;
  context_.year = other.year;
  last_ = stamp.at;
}

DatedTime first_calendar_time(std::string_view head, int utc_offset_minutes) {
  if (const auto stamp = head.size() > 10 && head[10] == '.' && is_digit(head[0]) ? parse_unix(head) : std::nullopt)
    return {0, stamp->at};
  static constexpr std::string_view journal_key = "\"__REALTIME_TIMESTAMP\"";
  static constexpr std::string_view marks = "-/:";
  ParseContext context;
  context.utc_offset_minutes = utc_offset_minutes;
  for (std::size_t i = head.find_first_of(marks); i != head.npos; i = head.find_first_of(marks, i + 1)) {
    if (const Micros at = time_around(head, i, context); at != no_time) return {i, at};
    if (head[i] != ':' || !head.substr(0, head.find_last_not_of(' ', i - (i != 0)) + 1).ends_with(journal_key))
      continue;
    std::string_view rest = head.substr(std::min(head.find_first_not_of(" \"", i + 1), head.size()));
    if (const auto at = take_number<Micros>(rest); at && *at > 0) return {i, *at};
  }
  return {};
}

}  // namespace egressc::sources
