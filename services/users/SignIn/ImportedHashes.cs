using System.Globalization;
using Dapper;
using Hdms.Kit.Database;

namespace Hdms.Users.SignIn;

/// <summary>
/// The most rounds that a hash of the old system has, as long as there is one: then every attempt to sign in takes them, or it
/// would tell who came from there. Each is replaced when its owner signs in.
/// </summary>
sealed class ImportedHashes(ServiceDatabase database, TimeProvider clock)
{
    /// <summary>They come by an import and go one by one, so it need not be looked up for each attempt.</summary>
    static readonly TimeSpan Known = TimeSpan.FromMinutes(1);

    Found? _last;

    public async ValueTask<int> MostRoundsAsync(CancellationToken ct)
    {
        if (_last is { } last && clock.GetUtcNow() < last.Until)
        {
            return last.Rounds;
        }

        var counts = await database.ReadAsync(connection => connection.QueryAsync<string>(new CommandDefinition(
            "SELECT DISTINCT split_part(password_hash, '$', 2) FROM user_credentials WHERE password_hash LIKE 'pbkdf2\\_sha%'", cancellationToken: ct)), ct);
        var rounds = counts.Select(c => int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= DjangoHash.MostIterations ? n : 0);
        var found = new Found(rounds.DefaultIfEmpty().Max(), clock.GetUtcNow() + Known);
        _last = found;
        return found.Rounds;
    }

    sealed record Found(int Rounds, DateTimeOffset Until);
}
