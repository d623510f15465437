/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Desk files: the line and words of each kind of mistake, and the limits. */
#include "tests/unit/config_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A desk that stands, into which mistakes are put at line 2 and later. */
#define BASE                                                           \
    "channels = ( { id = \"A\"; to = [\"DX\"]; } );\n"                 \
    "groups = ( { id = \"G\"; format = \"5.1\"; to = [\"DX\"]; } );\n" \
    "auxes = ( { id = \"R\"; format = \"5.1\"; stem = \"DX\"; } );\n"  \
    "stems = ( { id = \"DX\"; format = \"5.1\"; } );\n"
#define CH(members)                        \
    "channels = (\n{ id = \"A\"; " members \
    " } );\nstems = ( { id = \"DX\"; format = \"5.1\"; } );\n"
#define STEM "channels = ( { id = \"A\"; } ); stems = ( { id = \"DX\"; format = \"5.1\"; } );\n"
#define SETS(sets) STEM "monitor = { format = \"5.1\";\nsets = " sets "; };"

static const struct mistake {
    const char *text;
    unsigned line;
    const char *words[2];
} mistakes[] = {
    /* the file itself */
    {"", 0, {"no channels", "expected channels"}},
    {"rate = 48000;\nchannels = = ( );", 2, {"syntax error", "expected 'key = value;'"}},
    {"rate = 48000;\nchannels = (\n", 2, {"'(' is never closed", "expected ')'"}},
    {"channels = (\n{ id = 3; );\n", 2, {"')' cannot close the '{' of line 2", "expected '}'"}},
    {"rate = 48000;\n}", 2, {"'}' closes nothing", "expected '{'"}},
    {"\ntitle = \"Reel 1;\nrate = 48000;", 2, {"not closed", "expected a second"}},
    {"\ntitle = \"Reel 1", 2, {"not closed", "expected a second"}},
    {"\ntitle = \"Reel 1\\", 2, {"not closed", "expected a second"}},
    {"\n/* title", 2, {"never closed", "expected */"}},
    {"\ntitle \"Reel 1\";", 2, {"where a key is expected", "is a '=' missing"}},
    {"\nrate = 3, \"Reel 1\";", 2, {"where a key is expected", "expected"}},
    {"a = ((((((((((((((((((((((((((((((((((", 1, {"brackets in brackets", "at most 32"}},
    {"rate = 48000;\nrate = 48000;\n", 2, {"duplicate", "expected each key once"}},
    {"\n@include \"/etc/passwd\"\n", 2, {"@include", "expected one file"}},
    {BASE "chanels = ();\n", 5, {"unknown key 'chanels'", "did you mean 'channels'"}},
    {BASE "zzzzzz = 1;\n", 5, {"unknown key 'zzzzzz' in the desk file", "expected one of: title"}},
    {CH("\ninsert = 3;"), 3, {"'insert'", "expected"}},
    {CH("\ninsert = \"Carla:*\";"), 3, {"'insert' is a text", "connect_send = "}},
    {CH("\ninsert = { send = 1; };"), 3, {"unknown key 'send'", "connect_send"}},
    {CH("\ninsert = { on = 2; };"), 3, {"'on'", "expected"}},
    {STEM "mains = ( { id = \"M\"; format = \"mono\";\ninsert = true; } );",
     3,
     {"unknown key 'insert' in main", "expected"}},
    /* globals */
    {"\nrate = 44099;\n" BASE, 2, {"44099", "44100 to 192000"}},
    {"\nrate = 192001;\n" BASE, 2, {"'rate'", "44100 to 192000"}},
    {"\nrate = \"fast\";\n" BASE, 2, {"'rate' is a text", "expected a number"}},
    {"\nrate = 48000.5;\n" BASE, 2, {"'rate'", "whole number"}},
    {"\nrate = 1e999;\n" BASE, 2, {"'rate'", "finite"}},
    {"\nperiod = 8;\n" BASE, 2, {"'period'", "16 to 8192"}},
    {"\nmax_delay_ms = 1001.0;\n" BASE, 2, {"'max_delay_ms'", "0..1000"}},
    {"\nmax_delay_ms = -1;\n" BASE, 2, {"'max_delay_ms'", "0..1000"}},
    {"\ntitle = 3;\n" BASE, 2, {"'title' is a number", "expected a text"}},
    {"\ntitle = \"a\\x01\";\n" BASE, 2, {"control characters", "expected plain"}},
    {"\ntitle = \"0123456789012345678901234567890123456789012345678901234567890123\";\n" BASE,
     2,
     {"too long", "at most 63"}},
    /* tape */
    {"\ntape = 3;\n" BASE, 2, {"'tape' is a number", "expected a group"}},
    {"tape = {\nfps = 26; };\n" BASE, 2, {"'fps' is \"26\"", "23.976, 24, 25"}},
    {"tape = {\nstart = \"00:00:00:25\"; };\n" BASE, 2, {"does not exist", "frames to 24"}},
    {"tape = {\nbits = 16; };\n" BASE, 2, {"'bits'", "24, 32"}},
    {"tape = {\nreal = \"x\"; };\n" BASE, 2, {"unknown key 'real' in 'tape'", "'reel'"}},
    /* objects */
    {"channels = 3;\n", 1, {"'channels' is a number", "expected a list"}},
    {"channels = ();\n", 1, {"no channels", ""}},
    {"channels = (\n3 );\n", 2, {"'channels' is a number", "expected a group"}},
    {"channels = (\n{ name = \"A\"; } );\n", 2, {"channel 1 has no id", "expected id"}},
    {"channels = (\n{ id = 3; } );\n", 2, {"'id' is a number", "expected an id"}},
    {"channels = (\n{ id = \"3\"; } );\n", 2, {"bad id \"3\"", "expected a letter"}},
    {"channels = (\n{ id = \"a b\"; } );\n", 2, {"bad id", "expected a letter"}},
    {"channels = (\n{ id = \"\"; } );\n", 2, {"bad id", "expected a letter"}},
    {"channels = (\n{ id = \"a/b\"; } );\n", 2, {"bad id", "expected a letter"}},
    {"channels = (\n{ id = \"\xc3\xa4\"; } );\n", 2, {"bad id", "expected a letter"}},
    {"channels = (\n{ id = \"a123456789012345678901234567890x\"; } );\n", 2, {"too long", "31"}},
    {"channels = ( { id = \"A\"; },\n{ id = \"A\"; } );\n", 2, {"already", "expected another"}},
    {BASE "mains = (\n{ id = \"DX\"; format = \"5.1\"; } );\n",
     6,
     {"stem in line 4", "share one set"}},
    {BASE "mains = (\n{ id = \"fader\"; format = \"5.1\"; } );\n",
     6,
     {"/main/fader", "another id"}},
    {CH("format = \"5.2\";"), 2, {"unknown format \"5.2\"", "mono, stereo"}},
    {CH("format = 6.1;"), 2, {"unknown format \"6.1\"", "7.1.4"}},
    {CH("") "auxes = (\n{ id = \"R\"; } );\n", 5, {"aux \"R\" has no format", "expected"}},
    {CH("") "mains = ( { id = \"P\"; format = 5.1; print_master = true; },\n"
            "{ id = \"Q\"; format = 5.1; print_master = true; } );\n",
     5,
     {"\"P\" in line 4", "expected one main"}},
    {"channels = ( { id = \"A\"; } ); stems = (\n{ id = \"D\"; format = 5.1; role = \"dialog\"; } "
     ");",
     2,
     {"'role' is \"dialog\"", "dx, pfx"}},
    {STEM "auxes = (\n{ id = \"R\"; format = 5.1; stem = \"FX\"; } );",
     3,
     {"no stem \"FX\"", "expected"}},
    {STEM "mains = (\n{ id = \"P\"; format = 5.1; from = [\"DX\"]; without = [\"DX\"]; } );",
     3,
     {"both", "expected the stems"}},
    {STEM "mains = (\n{ id = \"P\"; format = 5.1; from = [\"FX\"]; } );",
     3,
     {"no \"FX\"", "one of: DX"}},
    {STEM "mains = (\n{ id = \"P\"; format = 5.1; without = [\"FX\"]; } );",
     3,
     {"no \"FX\"", "DX"}},
    {STEM "vcas = (\n{ id = \"V\"; members = [\"B\"]; } );",
     3,
     {"no strip \"B\"", "expected the id"}},
    {STEM "vcas = (\n{ id = \"V\"; members = [3]; } );", 3, {"a number", "expected the id"}},
    {"channels = ( { id = \"X\"; } ); stems = ( { id = \"X\"; format = 5.1; } );\n"
     "vcas = (\n{ id = \"V\"; members = [\"X\"]; } );",
     3,
     {"a channel and a stem", "/ch/X or /stem/X"}},
    {STEM "monitor = (\n);", 2, {"'monitor' is a list", "expected a group"}},
    {STEM "monitor = {\nsource = \"/main/PM\"; };",
     3,
     {"source takes the address", "no strip /main/PM"}},
    /* loudspeakers */
    {SETS("3"), 3, {"'sets' is a number", "expected a list"}},
    {SETS("( )"), 3, {"0 sets of loudspeakers", "expected 1 to 8"}},
    {SETS("( { }, { } )"), 3, {"set 1 has no id", "expected id"}},
    {SETS("( { id = \"a\"; },\n{ id = \"a\"; } )"), 4, {"set in line 3", "another"}},
    {SETS("( { id = \"a b\"; } )"), 3, {"bad id", "expected a letter"}},
    {SETS("( { id = \"a\"; formt = \"5.1\"; } )"),
     3,
     {"unknown key 'formt' in 'sets'", "did you mean 'format'"}},
    {SETS("( { id = \"a\"; ref = 120; } )"), 3, {"ref takes 60..95 dB SPL", "not 120"}},
    {SETS("( { id = \"a\";\nformat = \"7.1\"; } )"), 4, {"wider (7.1)", "monitor (5.1)"}},
    {SETS("( { id = \"a\"; speakers = 3; } )"), 3, {"'speakers' is a number", "a list"}},
    {SETS("( { id = \"a\"; speakers = {\nLss = { }; }; } )"),
     4,
     {"no loudspeaker \"Lss\"", "L, R, C, LFE, Ls, Rs"}},
    {SETS("( { id = \"a\"; speakers = (\n{ trim = 1; } ); } )"), 4, {"no leg", "expected leg"}},
    {SETS("( { id = \"a\"; speakers = ( { leg = \"L\"; },\n{ leg = \"L\"; } ); } )"),
     4,
     {"twice", "each once"}},
    {SETS("( { id = \"a\"; speakers = { L = { trm = 1; }; }; } )"),
     3,
     {"unknown key 'trm' in 'L'", "did you mean 'trim'"}},
    {SETS("( { id = \"a\"; speakers = { L = { trim = 25; }; }; } )"),
     3,
     {"trim takes -24..24 dB", "not 25"}},
    {SETS("( { id = \"a\"; speakers = { L = { delay = 101; }; }; } )"),
     3,
     {"delay takes 0..100 ms", "not 101"}},
    {SETS("( { id = \"a\"; } ); connect = \"x\""), 3, {"'connect' and 'sets'", "in the sets"}},
    {SETS("( { id = \"a\"; } ); set = \"b\""), 3, {"set takes one of a", "not b"}},
    {SETS("( { id = \"a\"; } ); spk = { X = { }; }"), 3, {"no \"X\"", "one of: L R C LFE"}},
    /* rows that this desk lacks */
    {"channels = ( { id = \"A\"; } );\nstems = ( { id = \"S\"; format = \"mono\";\n"
     "lim = { thr = -2.0; }; } );\n",
     3,
     {"cannot have 'lim/thr'", "limiters = true"}},
    {"limiters = true; channels = ( { id = \"A\"; } );\nmains = ( { id = \"M\"; format = "
     "\"mono\";\n"
     "lim = { mode = \"stems\"; }; } );\n",
     3,
     {"cannot have 'lim/mode'", "the print master"}},
    {"limiters = maybe;\n", 1, {"", "expected"}},
    /* values */
    {CH("fadr = -3;"), 2, {"unknown key 'fadr' in channel \"A\"", "did you mean 'fader'"}},
    {CH("fader = 10.5;"), 2, {"fader takes -144..10 dB", "not 10.5"}},
    {CH("fader = \"loud\";"), 2, {"fader takes", "not loud"}},
    {CH("fader = true;"), 2, {"'fader' is a plain true or false", "expected -144..10 dB"}},
    {CH("fader = { x = 1; };"), 2, {"'fader' is a group", "expected"}},
    {CH("fader = 1e999;"), 2, {"too large", "finite"}},
    {CH("fader = \"nan\";"), 2, {"fader takes", "not nan"}},
    {CH("mute = 2;"), 2, {"mute takes 0 or 1", "not 2"}},
    {CH("color = 1.5;"), 2, {"whole number 0..15", "not 1.5"}},
    {CH("delay = 101.0;"), 2, {"delay takes 0..100 ms", "not 101"}},
    {CH("hpf = 80.0;"), 2, {"'hpf' is a number", "expected a group"}},
    {CH("hpf = { slope = 18; };"), 2, {"one of 12, 24", "not 18"}},
    {CH("hpf = { frq = 18; };"), 2, {"unknown key 'frq' in 'hpf' of channel \"A\"", "'freq'"}},
    {CH("eq = { band = ( ); };"), 2, {"unknown key 'band'", "did you mean 'bands'"}},
    {CH("eq = { bands = ( {}, {}, {}, {}, {}, {},\n{} ); };"), 3, {"band 7", "at most 6"}},
    {CH("eq = { bands = ( { type = \"peak\"; } ); };"), 2, {"one of bell", "not peak"}},
    {CH("eq = { bands = ( { gian = 3; } ); };"), 2, {"unknown key 'gian'", "'gain'"}},
    {CH("eq = { bands = [ 1 ]; };"), 2, {"number", "expected a group"}},
    {CH("muted = true;"), 2, {"'muted' is told by the desk", "expected no such key"}},
    {CH("name = 3;"), 2, {"'name' is a number", "expected a text"}},
    {CH("pan = { aed = [1, 2]; };"), 2, {"takes 3 numbers", "expected [ a, b, c ]"}},
    {CH("pan = { aed = [1, 91, 1]; };"), 2, {"-90..90 deg", "not 91"}},
    {CH("pan = { aed = [1, 2.0, 1]; };"), 2, {"mismatched", "expected numbers of one kind"}},
    {CH("to = [\"FX\"];"), 2, {"no \"FX\" for 'to' of channel \"A\"", "one of: DX"}},
    {CH("to = \"DX\";"), 2, {"'to' is a text", "expected a list"}},
    {CH("to = [3];"), 2, {"'to' is a number", "expected"}},
    {CH("send = [\"R\"];"), 2, {"no \"R\"", "(none here)"}},
    {CH("send = ( { level = 3; } );"), 2, {"no id", "expected id"}},
    {CH("vca = [\"V\"];"), 2, {"no \"V\"", "expected"}},
    {"channels = ( { id = \"A\"; } ); groups = ( { id = \"G\"; format = 5.1; },\n"
     "{ id = \"H\"; format = 5.1; to = [\"G\"]; } );",
     2,
     {"group \"H\" cannot feed \"G\"", "a stem"}},
    {STEM
     "auxes = ( { id = \"R\"; format = 5.1; },\n{ id = \"S\"; format = 5.1; send = [\"R\"]; } );",
     3,
     {"aux \"S\" cannot feed \"R\"", "declared after"}},
    {STEM "auxes = (\n{ id = \"R\"; format = 5.1; send = [\"R\"]; } );",
     3,
     {"cannot feed", "after"}},
    /* osc */
    {STEM "osc = {\nlisen = (); };", 3, {"unknown key 'lisen' in 'osc'", "'listen'"}},
    {STEM "osc = { listen = (\n{ host = \"here\"; } ); };",
     3,
     {"\"here\" is no address", "127.0.0.1"}},
    {STEM "osc = { listen = (\n{ host = \"127.0.0.1/8\"; } ); };", 3, {"no address", "expected"}},
    {STEM "osc = { listen = (\n{ port = 65536; } ); };", 3, {"'port' is 65536", "1 to 65535"}},
    {STEM "osc = { listen = ( { port = 9000; },\n{ port = 9000; } ); };",
     3,
     {"twice", "another port"}},
    {STEM "osc = { listen = (\n{ udp = false; tcp = false; } ); };",
     3,
     {"neither", "expected one"}},
    {STEM "osc = { clients = (\n{ role = \"mix\"; } ); };", 3, {"no host", "expected host"}},
    {STEM "osc = { clients = (\n{ host = \"::1\"; } ); };", 3, {"no role", "expected role"}},
    {STEM "osc = { clients = (\n{ host = \"::1\"; role = \"god\"; } ); };",
     3,
     {"\"god\"", "view, mix, admin"}},
    {STEM "osc = { clients = (\n{ host = \"10.0.0.0/33\"; role = \"mix\"; } ); };",
     3,
     {"no address", ""}},
    {STEM "osc = { surfaces = (\n{ host = \"10.0.0.1\"; } ); };", 3, {"no port", "expected"}},
    {STEM "osc = { surfaces = (\n{ host = \"::1\"; port = 1; sub = \"ch\"; } ); };",
     3,
     {"no address pattern", "/ch"}},
};

static void each_mistake(void **state) {
    (void)state;
    for (unsigned i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const struct mistake *m = &mistakes[i];
        struct desk *d = NULL;
        struct desk_error error;
        char where[32];
        if (desk_parse(m->text, "bad.cfg", &d, &error) == 0)
            fail_msg("accepted: %s", m->text);
        assert_null(d);
        snprintf(where, sizeof where, m->line ? "bad.cfg:%u: " : "bad.cfg: ", m->line);
        if (error.line != m->line || strncmp(error.text, where, strlen(where)) != 0 ||
            !strstr(error.text, m->words[0]) || !strstr(error.text, m->words[1]))
            fail_msg("%s\ngave %s", m->text, error.text);
    }
    assert_int_equal(desk_parse("", "x", &(struct desk *){NULL}, NULL), -1); /* no error wanted */
}

/* A list of n objects. */
static char *many(char *p, const char *section, unsigned n, const char *id, const char *members) {
    p += sprintf(p, "%s = (\n", section);
    for (unsigned i = 0; i < n; i++)
        p += sprintf(p, "{ id = \"%s%u\"; %s }%s\n", id, i, members, i + 1 < n ? "," : "");
    return p + sprintf(p, ");\n");
}

static void limits(void **state) {
    (void)state;
    char *text = malloc(1 << 20), *p;
    struct desk *d;
    struct desk_error error;
    p = many(text, "channels", 1024, "C", "to = [\"S0\"];");
    p = many(p, "stems", 60, "S", "format = \"5.1\";");
    many(p, "groups", 4, "G", "format = \"5.1\";");
    assert_int_equal(desk_parse(text, "t", &d, &error), 0);
    assert_int_equal(desk_ports(d, NULL, 0), 1024 + 360 + 2);
    desk_free(d);
    many(p, "groups", 5, "G", "format = \"5.1\";");
    assert_int_equal(desk_parse(text, "t", &d, &error), -1);
    assert_non_null(strstr(error.text, "65 buses"));
    many(text, "channels", 1025, "C", "");
    assert_int_equal(desk_parse(text, "t", &d, &error), -1);
    assert_non_null(strstr(error.text, "1025 channels; expected at most 1024"));
    many(text, "channels", 1000, "C", "format = \"stereo\";");
    assert_int_equal(desk_parse(text, "t", &d, &error), -1);
    assert_non_null(strstr(error.text, "2002 JACK ports"));
    p = many(text, "channels", 1, "C", "");
    many(p, "vcas", 65, "V", "");
    assert_int_equal(desk_parse(text, "t", &d, &error), -1);
    assert_non_null(strstr(error.text, "at most 64"));
    /* brackets without end */
    memset(text, '(', (1 << 20) - 1);
    memcpy(text, "a=", 2);
    text[(1 << 20) - 1] = '\0';
    assert_int_equal(desk_parse(text, "t", &d, &error), -1);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
