# The languages of the page beside English: web/lang has a file for each.

set(provisioning_folder ${CMAKE_CURRENT_LIST_DIR})

# Sets `tags` to all of them, in the order of the page's menu.
function(provisioning_all_languages tags)
  file(GLOB found RELATIVE ${provisioning_folder}/web/lang ${provisioning_folder}/web/lang/*.deflate)
  list(SORT found)
  list(TRANSFORM found REPLACE "\\.deflate$" "")
  set(${tags} ${found} PARENT_SCOPE)
endfunction()

# Writes `source`, the table of English and the languages of these tags, and sets `files` to what has to be embedded.
function(provisioning_languages source files)
  set(symbols "")
  set(rows "")
  set(embedded "")
  foreach(tag IN LISTS ARGN)
    list(APPEND embedded ${provisioning_folder}/web/lang/${tag}.deflate)
    string(MAKE_C_IDENTIFIER ${tag}.deflate name)
    foreach(place start end)
      string(APPEND symbols "extern const std::uint8_t ${name}_${place}[] asm(\"_binary_${name}_${place}\");\n")
    endforeach()
    string(APPEND rows "    {\"${tag}\", ${name}_start, ${name}_end},\n")
  endforeach()
  configure_file(${provisioning_folder}/languages.cpp.in ${source} @ONLY)
  set(${files} ${embedded} PARENT_SCOPE)
endfunction()
