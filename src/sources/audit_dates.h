// The date in msg=audit(…) as ausearch -i prints it: in the order of whoever's locale it ran in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/sources.h"

namespace egressc::audit {

class DateReader {
 public:
  explicit DateReader(const ParseContext& context)
      : utc_offset_minutes_(context.utc_offset_minutes), reference_(context.reference) {}

  // "07/29/2025 09:52:29.237" and the like. Whether the month or the day comes first is learnt from the first date that
  // can be read in only one way; until then the date nearest to the reference is taken, or the month first.
  std::optional<Micros> read(std::string_view text);

 private:
  enum class Order : std::uint8_t { unknown, month_first, day_first };

  std::optional<CivilDate> read_date(std::string_view text);
  CivilDate nearer(CivilDate month_first, CivilDate day_first) const;

  int utc_offset_minutes_;
  Micros reference_;
  Order order_ = Order::unknown;
};

}  // namespace egressc::audit
