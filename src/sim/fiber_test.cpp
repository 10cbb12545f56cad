#include "sim/fiber.h"

#include <gtest/gtest.h>

#include <array>
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

// Two fibers and main, each with more alive across a switch than there are registers of a kind.
void keep_much_alive(Game& game, Fiber& me, double first) {
  hb_acquire(&order);
  std::array<std::uint64_t, 16> whole{};
  std::array<double, 16> real{};
  for (std::size_t i = 0; i < 16; ++i) real[i] = first + static_cast<double>(whole[i] = i);
  while (!game.quit) {
    for (std::size_t i = 0; i < 16; ++i) {
      real[i] += 0.5;
      whole[i] += 2;
    }
    turn(me, game.main);
  }
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(whole[i], i + 200);
    EXPECT_EQ(real[i], first + static_cast<double>(i) + 50);
  }
  game.log += "kept ";
  hb_release(&order);
}

TEST(Fiber, ASwitchChangesNothingThatIsAliveAcrossIt) {
  Game game;
  Fiber a(
      [](void* g) { keep_much_alive(*static_cast<Game*>(g), *static_cast<Game*>(g)->first, 1); },
      &game);
  Fiber b(
      [](void* g) {
        keep_much_alive(*static_cast<Game*>(g), *static_cast<Game*>(g)->second, 1000);
      },
      &game);
  game.first = &a;
  game.second = &b;
  double real = 0.25;
  for (int i = 0; i < 100; ++i) {
    turn(game.main, a);
    real *= 2;
    turn(game.main, b);
    real /= 2;
  }
  game.quit = true;
  turn(game.main, a);
  turn(game.main, b);
  EXPECT_EQ(real, 0.25);
  EXPECT_EQ(game.log, "kept kept ");
}

}  // namespace
}  // namespace revenant::sim
