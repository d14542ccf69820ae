"""Dictionaries, strings, classes and a generator, as scripts mix them."""


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def moved(self, by):
        return Point(self.x + by, self.y - by)


def numbers(count):
    seed = 42
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        yield seed


counts = {}
for number in numbers(40000):
    word = "%x" % number
    counts[word[:3]] = counts.get(word[:3], 0) + len(word)
point = Point(0, 0)
for i in range(40000):
    point = point.moved(i & 3)
print(len(counts), sum(counts.values()), sorted(counts)[:3], point.x, point.y)
