using Hdms.Kit.Events;

namespace Hdms.Users.SignIn;

/// <summary>Where sign-in's records go. They take no version, since a sign-in changes nothing of the person.</summary>
static class SignInStreams
{
    /// <summary>Attempts that belong to nobody: an unknown employee code, an unknown key.</summary>
    static readonly Guid Nobody = new("0198a7c0-0000-7000-8000-000000000001");

    /// <summary>Encrypted for nobody too: so the address is kept as any other, and an unknown code costs what a known one does.</summary>
    public static EventStream Of(Guid? user) => new(user ?? Nobody, 0) { Person = user ?? Nobody };
}
