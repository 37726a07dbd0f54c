-- The state of one quota, which all machines share, and what happens to it: 'take' gives a caller its
-- place in the queue, 'throttled' takes note of a refusal; 'look' only of what all of them tell. The
-- learning is that of ratelimit's adaptive limiter (ratelimit/lane.go), the queue is GCRA: 'tat' is
-- when the calls that have a place would be through at the rate in force, had none come early.
--
-- Times are whole microseconds of this server's clock, durations whole microseconds, rates calls a
-- second.
local burst_time = 500000      -- a quota that was not used lets the calls of this time pass at once
local late = 5000000           -- a place in the queue is the caller's for this long
local doubling = 7             -- seconds for the rate to double, until the first throttle
local gentle_cut, steep_cut = 0.95, 0.55
local soon_after = 10          -- successes after a cut, within which a throttle follows hard on it
local recovery_calls, min_recovery, max_recovery = 200, 20, 180
local goodput_window = 5       -- seconds over which the rate of successes is measured
local least_ceiling, trusted_share, steep_ceiling = 1, 0.75, 0.85
local proven_growth, probe_growth = 1.1, 0.2
local headroom = 2             -- times the rate in use is as far as the rate grows
local keep, keep_learned = 3600000, 86400000 -- milliseconds after the last call

local verb = ARGV[1]
local min_rate, initial, max_rate = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local seed = tonumber(ARGV[5])          -- the rate of the last throttle, if the state is lost; 0: unknown
local asked_hold = tonumber(ARGV[6])    -- no call for so long
local callers_epoch = tonumber(ARGV[7]) -- that the caller was in, 0: it knows of none
local successes = tonumber(ARGV[8])     -- of the caller, since it told of them last

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local names = {
	'rate', 'tat', 'updated', 'born', 'hold', 'ceiling', 'cut', 'slowed', 'since_cut', 'successes', 'epoch',
}
local s = {}
local stored = redis.call('HMGET', KEYS[1], unpack(names))
for i, name in ipairs(names) do
	s[name] = tonumber(stored[i] or '')
end
if not s.epoch then
	s = {
		rate = initial, tat = now, updated = now, born = now, hold = 0,
		ceiling = 0, cut = gentle_cut, slowed = 0, since_cut = 0, successes = 0, epoch = now,
	}
	if seed > 0 then
		s.ceiling = math.min(math.max(seed, min_rate), max_rate)
		s.rate, s.slowed = math.max(s.ceiling * gentle_cut, min_rate), now
	end
	s.tat = now + math.max(0, burst_time - 1000000 / s.rate) -- one call may pass, not a burst
end
if s.updated > now then -- the clock was set back, or is that of another server
	local back = s.updated - now
	for _, name in ipairs({'tat', 'updated', 'born', 'hold', 'slowed'}) do
		s[name] = s[name] - back
	end
	s.epoch = s.epoch + 1
end

local function goodput()
	local age = math.max((now - s.born) / 1000000, 1)
	return s.successes / (goodput_window * (1 - math.exp(-age / goodput_window)))
end

-- advance brings the rate and the successes up to date.
local function advance()
	local dt = (now - s.updated) / 1000000
	if dt <= 0 then
		return
	end
	s.updated = now
	s.successes = s.successes * math.exp(-dt / goodput_window)
	local used = headroom * goodput()
	local rate
	if s.ceiling == 0 then
		rate = math.min(s.rate * math.pow(2, dt / doubling), math.max(s.rate, used))
	else
		local recovery = math.min(math.max(recovery_calls / s.ceiling, min_recovery), max_recovery)
		local x = (now - s.slowed) / 1000000 / recovery - 1
		local steepness = 1 - s.cut
		if x > 0 then
			steepness = probe_growth
		end
		rate = math.min(s.ceiling * (1 + steepness * x * x * x), math.max(s.ceiling, used))
		if x > 1 and goodput() > proven_growth * s.ceiling then
			s.ceiling = 0 -- the quota has grown, and nobody knows how far
		end
	end
	s.rate = math.min(math.max(rate, min_rate), max_rate)
end

-- spacing is the time between two calls, full that in which all of a burst is used up.
local function spacing()
	return 1000000 / s.rate, math.max(1000000 / s.rate, burst_time)
end

-- hold_back lets no call pass for a time, and makes all places in the queue void.
local function hold_back(duration)
	if duration > 0 and now + duration > s.hold then
		s.hold = now + duration
		s.epoch = s.epoch + 1
	end
end

local function save()
	local fields = {}
	for _, name in ipairs(names) do
		fields[#fields + 1] = name
		if name == 'rate' or name == 'ceiling' or name == 'cut' or name == 'successes' then
			fields[#fields + 1] = string.format('%.9g', s[name])
		else
			fields[#fields + 1] = string.format('%.0f', s[name])
		end
	end
	redis.call('HSET', KEYS[1], unpack(fields))
	local expiry = keep
	if s.ceiling > 0 then
		expiry = keep_learned
	end
	redis.call('PEXPIRE', KEYS[1], expiry)
end

-- answer: whether the caller has a place, which it is, how long until then, the epoch, how long the
-- quota is held back, the rate, and the rate of the last throttle.
local function answer(has, place, wait)
	save()
	return {
		has, place, math.ceil(wait), s.epoch, math.max(0, s.hold - now),
		string.format('%.9g', s.rate), string.format('%.9g', s.ceiling),
	}
end

advance()
s.successes = s.successes + successes
s.since_cut = s.since_cut + successes

if verb == 'look' then
	hold_back(asked_hold)
	return answer(0, 0, 0)
end

if verb == 'throttled' then
	local age = tonumber(ARGV[9]) -- since the attempt was let pass
	local earlier = callers_epoch ~= 0 and callers_epoch ~= s.epoch or now - age < s.slowed
	hold_back(asked_hold)
	if earlier then
		return answer(0, 0, 0) -- sent at the old rate
	end
	s.cut = gentle_cut
	if s.ceiling > 0 and s.since_cut < soon_after then
		s.cut = steep_cut
	end
	local ceiling = math.min(s.rate, math.max(goodput(), trusted_share * s.rate, least_ceiling))
	if s.cut == steep_cut then
		ceiling = ceiling * steep_ceiling
	end
	s.ceiling = math.max(ceiling, min_rate)
	s.rate = math.max(s.ceiling * s.cut, min_rate)
	s.slowed, s.since_cut = now, 0
	local _, full = spacing()
	s.tat, s.epoch = now + full, s.epoch + 1 -- nothing is left of the burst, and all places are void
	return answer(0, 0, 0)
end

local place = tonumber(ARGV[9])      -- that the caller has, 0: none
local most_wait = tonumber(ARGV[10]) -- that the caller has time for, -1: any
hold_back(asked_hold)
if place > 0 and callers_epoch == s.epoch and now >= s.hold and now - place <= late then
	return answer(1, place, math.max(0, place - now))
end
local each, full = spacing()
place = math.ceil(math.max(now, s.hold, s.tat + each - full))
if most_wait >= 0 and place - now >= math.max(most_wait, 1) then
	return answer(0, 0, place - now)
end
s.tat = math.ceil(math.max(s.tat, place) + each)
return answer(1, place, place - now)
