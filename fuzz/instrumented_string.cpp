// Under MemorySanitizer, strings compiled by us in place of libc++'s, whose stores it would not
// see.
#include <string>

#if __has_feature(memory_sanitizer) && defined(_LIBCPP_VERSION)
template class std::basic_string<char>;
template std::string std::operator+
    <char, std::char_traits<char>, std::allocator<char>>(const char*, const std::string&);
#endif
