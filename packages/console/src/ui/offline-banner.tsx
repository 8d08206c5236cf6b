import { lookAgain, lostSince } from '../api/connection';
import { useStore } from '../api/store';
import { Button } from './button';
import { Icon } from './icon';
import { clockTime } from './moments';

/** Above everything while the service cannot be reached: what is on the page may no longer be true. */
export function OfflineBanner() {
  const since = useStore(lostSince);
  return (
    <div aria-live="assertive">
      {since !== null && (
        <div className="flex items-center gap-3 bg-warn-ground px-4 py-1.5 text-sm text-warn">
          <Icon name="offline" />
          <p className="grow">
            <strong className="font-semibold">Rescind cannot be reached.</strong> What is shown was read
            before {clockTime(new Date(since))} and may no longer be true.
          </p>
          <Button kind="quiet" className="text-warn" onPress={() => void lookAgain()}>
            Try now
          </Button>
        </div>
      )}
    </div>
  );
}
