using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Hdms.Users.Tests.SignIn;

public sealed class PasswordsTests
{
    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("گھر میں ایک درخت ہے")]
    [InlineData("Xk2!vvqP9z")]
    public void A_long_password_that_nobody_would_try_is_good(string password) => Passwords.Problems(password, "S-24-0001", "a@example.org").ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("Ab3$5678x")]
    public void A_password_of_less_than_ten_characters_is_too_short(string password) =>
        Passwords.Problems(password).ShouldHaveSingleItem().ShouldContain("at least 10");

    [Fact]
    public void A_password_may_have_256_characters_and_no_more()
    {
        var password = string.Concat(Enumerable.Range(0, 64).Select(n => $"{n:x2}zq"));
        Passwords.Problems(password).ShouldBeEmpty();
        Passwords.Problems(password + "x").ShouldHaveSingleItem().ShouldContain("at most 256");
    }

    [Theory]
    [InlineData("qwertyuiop")]
    [InlineData("Manchester")]
    [InlineData("Password2026!")]
    [InlineData("p@ssw0rd!!")]
    [InlineData("123Welcome123")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("abcdefghijkl")]
    [InlineData("9876543210")]
    [InlineData("xyzxyzxyzxyz")]
    [InlineData("dragondragon")]
    [InlineData("Helpdesk-2026")]
    public void What_everybody_tries_first_is_refused(string password) => Passwords.Problems(password).ShouldHaveSingleItem().ShouldContain("too easy to guess");

    [Theory]
    [InlineData("my S-24-0001 pass")]
    [InlineData("xx.ADA.tester.77")]
    public void Ones_own_code_and_address_are_no_secret(string password) =>
        Passwords.Problems(password, "S-24-0001", "ada.tester@example.org").ShouldHaveSingleItem().ShouldContain("employee code");

    [Fact]
    public void A_hash_is_of_its_password_alone_and_never_the_same_twice()
    {
        var hash = Passwords.Hash("amber lantern 7 quays");

        Passwords.Verify(hash, "amber lantern 7 quays").ShouldBe(PasswordVerdict.Ok);
        Passwords.Verify(hash, "amber lantern 7 quay").ShouldBe(PasswordVerdict.Wrong);
        Passwords.Hash("amber lantern 7 quays").ShouldNotBe(hash);
    }

    [Fact]
    public void A_hash_made_with_fewer_rounds_is_upgraded()
    {
        var weak = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 })).HashPassword(new object(), "secret words");

        Passwords.Verify(weak, "secret words").ShouldBe(PasswordVerdict.OkUpgrade);
        Passwords.Verify(weak, "secret word").ShouldBe(PasswordVerdict.Wrong);
    }

    // Django's own known answers (its tests of hashers, version 3.2).
    [Theory]
    [InlineData("pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=")]
    [InlineData("pbkdf2_sha1$260000$seasalt2$wAibXvW6jgvatCdONi6SMJ6q7mI=")]
    public void The_old_systems_hashes_are_verified_and_upgraded(string hash)
    {
        Passwords.Verify(hash, "lètmein").ShouldBe(PasswordVerdict.OkUpgrade);
        Passwords.Verify(hash, "letmein").ShouldBe(PasswordVerdict.Wrong);
        Passwords.CanBeVerified(hash).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("!uNuSaBlE0123456789")]
    [InlineData("argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$aGFzaGhhc2g")]
    [InlineData("bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv")]
    [InlineData("$2b$12$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx")]
    [InlineData("scrypt$16384$salt$8$1$aGFzaA==")]
    [InlineData("md5$salt$0123456789abcdef0123456789abcdef")]
    [InlineData("pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("pbkdf2_sha256$999999999$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("pbkdf2_sha256$1000$salt$AAAA")]
    [InlineData("plain text")]
    public void What_can_t_be_verified_is_neither_right_nor_wrong(string? hash)
    {
        Passwords.Verify(hash, "whatever it is").ShouldBe(PasswordVerdict.CantBeVerified);
        Passwords.CanBeVerified(hash).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Hashes))]
    public void A_comparison_takes_as_many_rounds_for_every_hash_and_for_none(string? hash, int ours, int imported)
    {
        Rounds.Of(hash).ShouldBe(new Rounds(ours, imported));
        var left = new List<Rounds>();

        Passwords.VerifyEvenly(hash, "wrong", imported: 390_000, left.Add);

        left.ShouldHaveSingleItem().ShouldBe(new Rounds(220_000 - ours, 390_000 - imported));
    }

    public static TheoryData<string?, int, int> Hashes() => new()
    {
        { Passwords.Hash("amber lantern 7 quays"), 220_000, 0 },
        { Identity(PasswordHasherCompatibilityMode.IdentityV3, 1234), 1234, 0 },
        { Identity(PasswordHasherCompatibilityMode.IdentityV2, 0), 1000, 0 },
        { "pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=", 0, 260_000 },
        { "pbkdf2_sha1$260000$seasalt2$wAibXvW6jgvatCdONi6SMJ6q7mI=", 0, 260_000 },
        { "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$aGFzaGhhc2g", 0, 0 },
        { "!", 0, 0 },
        { null, 0, 0 },
    };

    [Fact]
    public void A_hash_of_more_rounds_than_any_known_is_compared_all_the_same()
    {
        var left = new List<Rounds>();

        Passwords.VerifyEvenly("pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=", "lètmein", imported: 0, left.Add).ShouldBe(PasswordVerdict.OkUpgrade);

        left.ShouldHaveSingleItem().ShouldBe(new Rounds(220_000, 0));
    }

    static string Identity(PasswordHasherCompatibilityMode mode, int rounds) => new PasswordHasher<object>(Options.Create(
        new PasswordHasherOptions { CompatibilityMode = mode, IterationCount = Math.Max(1, rounds) })).HashPassword(new object(), "secret words");
}
