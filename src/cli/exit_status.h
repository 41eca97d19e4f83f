// What egressc's exit status says; egressc(1).
#pragma once

namespace egressc::exit_status {

inline constexpr int done = 0;
inline constexpr int difference = 1;  // diff found one, check found something
inline constexpr int wrong_input = 2;
inline constexpr int system_refused = 3;
inline constexpr int rolled_back = 4;
inline constexpr int not_equal = 5;

}  // namespace egressc::exit_status
