/* A guest that does nothing but write memory at an exact rate: a multiboot kernel without any system below it.
 *
 * Command line: ws=MIB rate=PAGES_PER_SECOND sweep=0|1. It fills all memory above 8 MiB (so that no page is a zero
 * page), says "ready" on the serial port, then writes one word into `rate` pages of the first `ws` MiB each second:
 * one after the other, or evenly at random. Once a second it says how many it has written.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

__attribute__((section(".multiboot"), used)) static const u32 header[] = {0x1BADB002, 2, -(0x1BADB002 + 2)};

enum { SERIAL = 0x3F8, PAGE = 4096, FIRST = 8 << 20 };

static inline void outb(u32 port, u32 value) { __asm__ volatile("outb %b0, %w1" ::"a"(value), "Nd"(port)); }
static inline u32 inb(u32 port) {
    unsigned char value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline u64 ticks(void) {
    u32 low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (u64)high << 32 | low;
}

static void say(const char *text) {
    for (; *text; text++) outb(SERIAL, *text);
}
static void say_number(u32 number) {
    char text[12], *place = text + 11;
    *place = 0;
    do *--place = '0' + number % 10;
    while (number /= 10);
    say(place);
    say("\n");
}

static u32 option(const char *line, const char *name) {
    for (; *line; line++) {
        const char *a = line, *b = name;
        while (*b && *a == *b) a++, b++;
        if (*b) continue;
        u32 value = 0;
        while (*a >= '0' && *a <= '9') value = value * 10 + *a++ - '0';
        return value;
    }
    return 0;
}

/* The timer chip counts 1,193,182 times a second whatever the processor does; channel 2 can be watched. */
static u32 ticks_per_ms(void) {
    const u32 count = 59659; /* 50 ms */
    outb(0x61, (inb(0x61) & ~2u) | 1);
    outb(0x43, 0xB0);
    outb(0x42, count & 0xFF);
    outb(0x42, count >> 8);
    u64 began = ticks();
    while (!(inb(0x61) & 0x20)) {}
    return (u32)(ticks() - began) / 50;
}

__attribute__((used)) static void guest(const u32 *info) {
    const char *line = (const char *)info[4];
    u32 pages = (info[2] - 7168) / 4; /* KiB above 1 MiB, less what lies below 8 MiB */
    u32 set = option(line, "ws=") * 256, rate = option(line, "rate="), sweep = option(line, "sweep=");
    u32 state = 2463534242u;
    for (u32 page = 0; page < pages; page++)
        for (u32 word = 0; word < PAGE / 4; word += 64) *(volatile u32 *)(FIRST + page * PAGE + word * 4) = page + word + 1;
    u32 per_ms = ticks_per_ms(), written = 0, second = 0, ms = 0, next = 0;
    say("ready\n");
    for (u64 deadline = ticks() + per_ms;; deadline += per_ms) {
        while (ticks() < deadline) __asm__ volatile("pause");
        ms++;
        while (rate && written < ms / 1000 * rate + ms % 1000 * rate / 1000) {
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            u32 page = sweep ? next++ % set : state % set;
            *(volatile u32 *)(FIRST + page * PAGE) = ++written;
        }
        if (ms / 1000 > second) second = ms / 1000, say_number(written);
    }
}

__attribute__((naked, used)) void _start(void) {
    __asm__ volatile("mov $0x300000, %esp\n push %ebx\n call guest");
}
