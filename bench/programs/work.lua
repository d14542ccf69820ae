-- Tables, strings and a sort, as scripts mix them.
local words, seed = {}, 42
for i = 1, 30000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  words[i] = string.format("%x", seed)
end
table.sort(words)
local counts = {}
for _, word in ipairs(words) do
  for letter in word:gmatch(".") do counts[letter] = (counts[letter] or 0) + 1 end
end
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(words[1], words[#words], counts["a"], fib(24))
