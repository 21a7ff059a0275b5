using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hdms.Tickets.Demo;

/// <summary>What somebody of the demo organisation does with a ticket, once.</summary>
/// <param name="Ticket">From 0.</param>
/// <param name="Number">Of the step in its ticket, from 0: raising it.</param>
/// <param name="Action">As in the lifecycle's table.</param>
/// <param name="Body">The action's request.</param>
sealed record DemoStep(int Ticket, int Number, DateTimeOffset At, DemoColleague By, string Action, object Body)
{
    /// <summary>The trace under which it is done, the same at every start: what the log has under it was done.</summary>
    public string Trace { get; } = Convert.ToHexStringLower(Hash($"hdms demo ticket {Ticket} step {Number}"))[..32];

    /// <summary>The ticket's id, a UUID made of its name (RFC 9562, version 8), so that steps of other tickets can name it.</summary>
    public static Guid IdOf(int ticket)
    {
        var bytes = Hash($"hdms demo ticket {ticket}").AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    static byte[] Hash(FormattableString name) => SHA256.HashData(Encoding.UTF8.GetBytes(name.ToString(CultureInfo.InvariantCulture)));
}
