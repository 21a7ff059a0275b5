using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Control;

/// <summary>Where applications find a service's tables (PROTOCOL 1.0): a row on both sides and a notice on channel <c>pgsplit_route</c>. The highest epoch wins.</summary>
static class Route
{
    public static async Task SetAsync(NpgsqlConnection session, string service, long epoch, PgAddress address, CancellationToken ct)
    {
        await session.ExecuteAsync(
            """
            INSERT INTO pgsplit.route AS r (service, epoch, write_address, state) VALUES ($1, $2, $3, 'open')
            ON CONFLICT (service) DO UPDATE SET epoch = excluded.epoch, write_address = excluded.write_address, state = excluded.state WHERE r.epoch <= excluded.epoch
            """, ct, service, epoch, address.Route);
        await session.ExecuteAsync("SELECT pg_notify('pgsplit_route', $1)", ct, service);
    }

    /// <summary>Every role may read the route, and nothing else of the schema.</summary>
    public static Task GrantAsync(NpgsqlConnection session, CancellationToken ct) =>
        session.ExecuteAsync("GRANT USAGE ON SCHEMA pgsplit TO PUBLIC; GRANT SELECT ON pgsplit.route TO PUBLIC", ct);
}
