#include "sim/fiber.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "sim/happens_before.h"

namespace revenant::sim {
namespace {

// A switch orders nothing for TSan, so a test that shares memory must say that it does.
char order;

void turn(Fiber& from, Fiber& to) {
  hb_release(&order);
  Fiber::switch_between(from, to);
  hb_acquire(&order);
}

struct Game {
  Fiber main;
  Fiber* first = nullptr;
  Fiber* second = nullptr;
  int turns = 0;
  bool quit = false;
  std::string log;
};

void play_pong(void* argument) {
  hb_acquire(&order);
  auto& game = *static_cast<Game*>(argument);
  while (!game.quit) {
    game.log += "pong ";
    turn(*game.first, game.main);
  }
  hb_release(&order);
}

TEST(Fiber, ContinuesWhereItWasLeftAndMayEnd) {
  Game game;
  Fiber other(&play_pong, &game);
  game.first = &other;
  for (int i = 0; i < 2; ++i) {
    game.log += "ping ";
    turn(game.main, other);
  }
  EXPECT_EQ(game.log, "ping pong ping pong ");
  game.quit = true;
  turn(game.main, other);
}

void throw_when_resumed(void* argument) {
  hb_acquire(&order);
  auto& game = *static_cast<Game*>(argument);
  try {
    turn(*game.first, game.main);
    throw std::runtime_error("caught");
  } catch (const std::runtime_error& e) {
    game.log += e.what();
  }
  hb_release(&order);
}

TEST(Fiber, UnwindsItsOwnStackOnly) {
  Game game;
  Fiber other(&throw_when_resumed, &game);
  game.first = &other;
  turn(game.main, other);
  turn(game.main, other);
  EXPECT_EQ(game.log, "caught");
}

// Hands over to the other fiber until 1000 turns are taken, then to main.
void play_ring(Game& game, Fiber& me, Fiber& other) {
  hb_acquire(&order);
  while (!game.quit) turn(me, ++game.turns < 1000 ? other : game.main);
  hb_release(&order);
}

TEST(Fiber, TwoFibersHandOverToEachOther) {
  Game game;
  Fiber a(
      [](void* g) {
        auto& ring = *static_cast<Game*>(g);
        play_ring(ring, *ring.first, *ring.second);
      },
      &game);
  Fiber b(
      [](void* g) {
        auto& ring = *static_cast<Game*>(g);
        play_ring(ring, *ring.second, *ring.first);
      },
      &game);
  game.first = &a;
  game.second = &b;
  turn(game.main, a);
  EXPECT_EQ(game.turns, 1000);
  game.quit = true;
  turn(game.main, a);
  turn(game.main, b);
}

// Values that are alive across a switch, each of which a compiler would like to have in a register.
struct Alive {
  std::uint64_t a;
  std::uint64_t b;
  std::uint64_t c;
  std::uint64_t d;
  std::uint64_t e;
  double x;
  double y;

  friend bool operator==(const Alive&, const Alive&) = default;
};

// Switches `times` times, and grows all of `start` each time.
Alive kept_across_switches(Fiber& from, Fiber& to, Alive start, int times) {
  auto [a, b, c, d, e, x, y] = start;
  // The compiler takes what this changes from registers, and may leave it there.
#ifdef __x86_64__
#define IN_REGISTERS \
  asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+x"(x), "+x"(y))
#else
#define IN_REGISTERS \
  asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+w"(x), "+w"(y))
#endif
  for (int i = 0; i < times; ++i) {
    IN_REGISTERS;
    turn(from, to);
    IN_REGISTERS;
    ++a, b += 2, c += 3, d += 4, e += 5, x += 0.5, y += 0.25;
  }
#undef IN_REGISTERS
  return {a, b, c, d, e, x, y};
}

TEST(Fiber, ASwitchChangesNothingThatIsAliveAcrossIt) {
  Game game;
  Fiber other(
      [](void* g) {
        auto& game = *static_cast<Game*>(g);
        hb_acquire(&order);
        EXPECT_EQ(kept_across_switches(*game.first, game.main, {10, 20, 30, 40, 50, 6, 7}, 99),
                  (Alive{109, 218, 327, 436, 545, 55.5, 31.75}));
        hb_release(&order);
      },
      &game);
  game.first = &other;
  EXPECT_EQ(kept_across_switches(game.main, other, {1, 2, 3, 4, 5, 60, 70}, 100),
            (Alive{101, 202, 303, 404, 505, 110, 95}));
}

}  // namespace
}  // namespace revenant::sim
